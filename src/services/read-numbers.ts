import type { Database } from '../db/client.ts';
import {
  type DayPage,
  findVideo,
  listUserDaily,
  listVideoDaily,
  listVideos,
  type Video,
  type VideoNumbers,
} from '../db/snapshots.ts';
import { findStore } from '../db/stores.ts';
import { type ShownPresence, shownPresence } from '../domain/video-presence.ts';
import { AppError } from '../errors.ts';
import { getStore, type ReadDependencies, type StoreView, storeNotFound } from './read-stores.ts';

/** The account's days, oldest first. Throws STORE_NOT_FOUND. */
export async function getDaily(db: Database, storeCode: string, page: DayPage): ReturnType<typeof listUserDaily> {
  if (!(await findStore(db, storeCode))) throw storeNotFound();
  return listUserDaily(db, storeCode, page);
}

/**
 * The store's videos, newest id first, each with its latest reading and what became of it; only those of one `presence` if
 * there is one. Throws STORE_NOT_FOUND.
 */
export async function getVideos(
  db: Database,
  storeCode: string,
  page: { presence: ShownPresence | null; beforeVideoId: string | null; limit: number },
): Promise<{ video: Video; latest: VideoNumbers; presence: ShownPresence }[]> {
  const found = await findStore(db, storeCode);
  if (!found) throw storeNotFound();
  const { oldestListedAt } = found.store;
  const rows = await listVideos(db, storeCode, { ...page, oldestListedAt });
  return rows.map((row) => ({ ...row, presence: shownPresence(row.video, oldestListedAt) }));
}

/** One video's days, oldest first. Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
export async function getVideoDaily(
  db: Database,
  storeCode: string,
  videoId: string,
  page: DayPage,
): ReturnType<typeof listVideoDaily> {
  if (!(await findStore(db, storeCode))) throw storeNotFound();
  required(await findVideo(db, storeCode, videoId));
  return listVideoDaily(db, storeCode, videoId, page);
}

/** Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
export async function getStoreAndVideo(
  deps: ReadDependencies,
  storeCode: string,
  videoId: string,
): Promise<StoreView & { video: Video }> {
  const [view, video] = await Promise.all([getStore(deps, storeCode), findVideo(deps.db, storeCode, videoId)]);
  return { ...view, video: required(video) };
}

function required(video: Video | undefined): Video {
  if (video) return video;
  throw new AppError('VIDEO_NOT_FOUND', 'This store has no video with this id: list its videos to find one.');
}

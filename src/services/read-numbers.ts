import type { Database } from '../db/client.ts';
import { type DayPage, findVideo, listUserDaily, listVideoDaily, listVideos } from '../db/snapshots.ts';
import { findStore } from '../db/stores.ts';
import { AppError } from '../errors.ts';
import { storeNotFound } from './read-stores.ts';

/** The account's days, oldest first. Throws STORE_NOT_FOUND. */
export async function getDaily(db: Database, storeCode: string, page: DayPage): ReturnType<typeof listUserDaily> {
  if (!(await findStore(db, storeCode))) throw storeNotFound();
  return listUserDaily(db, storeCode, page);
}

/** The store's videos, newest id first, each with its latest reading. Throws STORE_NOT_FOUND. */
export async function getVideos(
  db: Database,
  storeCode: string,
  page: { beforeVideoId: string | null; limit: number },
): ReturnType<typeof listVideos> {
  if (!(await findStore(db, storeCode))) throw storeNotFound();
  return listVideos(db, storeCode, page);
}

/** One video's days, oldest first. Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
export async function getVideoDaily(
  db: Database,
  storeCode: string,
  videoId: string,
  page: DayPage,
): ReturnType<typeof listVideoDaily> {
  if (!(await findStore(db, storeCode))) throw storeNotFound();
  await requireVideo(db, storeCode, videoId);
  return listVideoDaily(db, storeCode, videoId, page);
}

/** Throws VIDEO_NOT_FOUND. */
export async function requireVideo(db: Database, storeCode: string, videoId: string): Promise<void> {
  if (await findVideo(db, storeCode, videoId)) return;
  throw new AppError('VIDEO_NOT_FOUND', 'This store has no video with this id: list its videos to find one.');
}

import { z } from 'zod';
import { createDatabasePool } from '../../src/db/client.ts';
import { upsertVideoReadings, type VideoReading } from '../../src/db/snapshots.ts';
import { fieldsForScopes, REQUESTED_SCOPES, VIDEO_FIELDS } from '../../src/tiktok/scopes.ts';
import { answerParent } from '../rig/child.ts';

/**
 * The floor: the same HTTP calls at the same concurrency and one bulk upsert per store. No queue, no lock, no log, no
 * checks, and a refreshed pair is not even kept.
 */
const task = z.object({
  databaseUrl: z.string(),
  apiUrl: z.string(),
  clientKey: z.string(),
  clientSecret: z.string(),
  concurrency: z.number(),
  refresh: z.boolean(),
  snapshotDate: z.string(),
  stores: z.array(z.object({ storeCode: z.string(), accessToken: z.string(), refreshToken: z.string() })),
});
type Task = z.output<typeof task>;

interface RawVideo {
  id: string;
  create_time: number;
  title: string;
  video_description: string;
  duration: number;
  width: number;
  height: number;
  share_url: string;
  embed_link: string;
  view_count: number;
  like_count: number;
  comment_count: number;
  share_count: number;
}

const userFields = fieldsForScopes(REQUESTED_SCOPES).join(',');
const videoFields = VIDEO_FIELDS.join(',');
let pool: ReturnType<typeof createDatabasePool> | undefined;

answerParent(async (message) => {
  const { stores, ...run } = task.parse(message);
  pool ??= createDatabasePool({ url: run.databaseUrl, maxConnections: run.concurrency, onError: () => undefined });
  const { db } = pool;
  const startedMs = performance.now();
  const rest = stores.values();
  const slot = async () => {
    for (const store of rest) {
      const videos = await readStore(run, store);
      const day = { storeCode: store.storeCode, snapshotDate: run.snapshotDate, capturedAt: new Date() };
      await upsertVideoReadings(db, day, videos);
    }
  };
  await Promise.all(Array.from({ length: run.concurrency }, slot));
  return { seconds: (performance.now() - startedMs) / 1000 };
});

async function readStore(run: Omit<Task, 'stores'>, store: Task['stores'][number]): Promise<VideoReading[]> {
  let { accessToken } = store;
  if (run.refresh) {
    const form = { client_key: run.clientKey, client_secret: run.clientSecret, refresh_token: store.refreshToken };
    const body = new URLSearchParams({ ...form, grant_type: 'refresh_token' });
    const pair = await readJson<{ access_token: string }>(`${run.apiUrl}/v2/oauth/token/`, { method: 'POST', body });
    accessToken = pair.access_token;
  }
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  await readJson(`${run.apiUrl}/v2/user/info/?fields=${userFields}`, { headers });
  const videos: VideoReading[] = [];
  let cursor: number | undefined;
  for (;;) {
    const { data } = await readJson<{ data: { videos: RawVideo[]; cursor: number; has_more: boolean } }>(
      `${run.apiUrl}/v2/video/list/?fields=${videoFields}`,
      { method: 'POST', headers, body: JSON.stringify({ cursor, max_count: 20 }) },
    );
    videos.push(...data.videos.map(toReading));
    if (!data.has_more) return videos;
    cursor = data.cursor;
  }
}

async function readJson<Body>(url: string, init: RequestInit): Promise<Body> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`the simulator answered ${response.status}`);
  return (await response.json()) as Body;
}

const toReading = (video: RawVideo): VideoReading => ({
  id: video.id,
  title: video.title,
  description: video.video_description,
  createdAt: new Date(video.create_time * 1000),
  durationSeconds: video.duration,
  width: video.width,
  height: video.height,
  shareUrl: video.share_url,
  embedLink: video.embed_link,
  viewCount: video.view_count,
  likeCount: video.like_count,
  commentCount: video.comment_count,
  shareCount: video.share_count,
});

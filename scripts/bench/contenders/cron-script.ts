import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, date, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { createTikTok, type Work } from './plain-sync.ts';

const bench = pgSchema('bench');
const counter = () => bigint({ mode: 'number' });
const accounts = bench.table('accounts', {
  store_code: text().primaryKey(),
  access_token: text(),
  refresh_token: text(),
  updated_at: timestamp({ withTimezone: true }),
});
const userDaily = bench.table(
  'user_daily',
  {
    store_code: text(),
    snapshot_date: date(),
    follower_count: counter(),
    following_count: counter(),
    likes_count: counter(),
    video_count: counter(),
    captured_at: timestamp({ withTimezone: true }),
  },
  (t) => [primaryKey({ columns: [t.store_code, t.snapshot_date] })],
);
const videoDaily = bench.table(
  'video_daily',
  {
    store_code: text(),
    video_id: text(),
    snapshot_date: date(),
    view_count: counter(),
    like_count: counter(),
    comment_count: counter(),
    share_count: counter(),
    captured_at: timestamp({ withTimezone: true }),
  },
  (t) => [primaryKey({ columns: [t.store_code, t.video_id, t.snapshot_date] })],
);
const syncLogs = bench.table('sync_logs', {
  id: uuid().defaultRandom().primaryKey(),
  store_code: text(),
  snapshot_date: date(),
  status: text(),
  started_at: timestamp({ withTimezone: true }),
  finished_at: timestamp({ withTimezone: true }),
});

/** The script that everybody writes first: store after store, row after row. */
export async function runCronScript(work: Work): Promise<void> {
  const pool = new pg.Pool({ connectionString: work.databaseUrl });
  const db = drizzle({ client: pool });
  const tiktok = createTikTok(work);
  for (const storeCode of work.storeCodes) {
    const startedAt = new Date();
    const [account] = await db.select().from(accounts).where(eq(accounts.store_code, storeCode));
    const pair = await tiktok.refresh(account?.refresh_token ?? '');
    await db
      .update(accounts)
      .set({ access_token: pair.access_token, refresh_token: pair.refresh_token, updated_at: new Date() })
      .where(eq(accounts.store_code, storeCode));
    const day = { store_code: storeCode, snapshot_date: work.snapshotDate, captured_at: new Date() };
    const { follower_count, following_count, likes_count, video_count } = await tiktok.readUser(pair.access_token);
    const counts = { follower_count, following_count, likes_count, video_count };
    await db
      .insert(userDaily)
      .values({ ...day, ...counts })
      .onConflictDoUpdate({ target: [userDaily.store_code, userDaily.snapshot_date], set: counts });
    for await (const videos of tiktok.readPages(pair.access_token)) {
      for (const { id, view_count, like_count, comment_count, share_count } of videos) {
        const numbers = { view_count, like_count, comment_count, share_count };
        await db
          .insert(videoDaily)
          .values({ ...day, video_id: id, ...numbers })
          .onConflictDoUpdate({
            target: [videoDaily.store_code, videoDaily.video_id, videoDaily.snapshot_date],
            set: numbers,
          });
      }
    }
    await db.insert(syncLogs).values({
      store_code: storeCode,
      snapshot_date: work.snapshotDate,
      status: 'SUCCESS',
      started_at: startedAt,
      finished_at: new Date(),
    });
  }
  await pool.end();
}

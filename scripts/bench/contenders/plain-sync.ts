import pg from 'pg';
import { request } from 'undici';
import { z } from 'zod';
import { fieldsForScopes, REQUESTED_SCOPES, VIDEO_FIELDS } from '../../../src/tiktok/scopes.ts';

/** All but Harian, whose processes are its own. */
export const contenderKinds = ['floor', 'cron script', 'graphile-worker, tuned', 'pg-boss, tuned', 'pg-boss'] as const;

/** What a contender is asked to do; the codes are those of `bench.accounts`. */
export const workSchema = z.object({
  databaseUrl: z.string(),
  apiUrl: z.string(),
  clientKey: z.string(),
  clientSecret: z.string(),
  concurrency: z.number(),
  snapshotDate: z.string(),
  storeCodes: z.array(z.string()),
});
export type Work = z.output<typeof workSchema>;

/** Tables of the contenders' own, as narrow as the work allows: pairs in plain, no store, no ledger, no videos. */
export const tables = `
  create schema bench;
  create table bench.accounts (store_code text primary key, access_token text, refresh_token text, updated_at timestamptz);
  create table bench.user_daily (store_code text, snapshot_date date, follower_count bigint, following_count bigint,
    likes_count bigint, video_count bigint, captured_at timestamptz, primary key (store_code, snapshot_date));
  create table bench.video_daily (store_code text, video_id text, snapshot_date date, view_count bigint, like_count bigint,
    comment_count bigint, share_count bigint, captured_at timestamptz, primary key (store_code, video_id, snapshot_date));
  create table bench.sync_logs (id uuid primary key default gen_random_uuid(), store_code text, snapshot_date date,
    status text, started_at timestamptz, finished_at timestamptz);`;

export interface Video {
  id: string;
  view_count: number;
  like_count: number;
  comment_count: number;
  share_count: number;
}
export interface User {
  follower_count: number;
  following_count: number;
  likes_count: number;
  video_count: number;
}

const userFields = fieldsForScopes(REQUESTED_SCOPES).join(',');
const videoFields = VIDEO_FIELDS.join(',');

/** By Harian's own client: of interest is what the work around a request costs. */
async function readJson<Body>(url: string, options: Parameters<typeof request>[1]): Promise<Body> {
  const { statusCode, body } = await request(url, options);
  if (statusCode !== 200) throw new Error(`the simulator answered ${statusCode}`);
  return (await body.json()) as Body;
}

/** TikTok as a script would ask it: nothing is checked, nothing tried again. */
export function createTikTok(work: Work) {
  const headersOf = (accessToken: string) => ({
    authorization: `Bearer ${accessToken}`,
    'content-type': 'application/json',
  });
  return {
    refresh: (refreshToken: string) =>
      readJson<{ access_token: string; refresh_token: string }>(`${work.apiUrl}/v2/oauth/token/`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          client_key: work.clientKey,
          client_secret: work.clientSecret,
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
        }).toString(),
      }),
    async readUser(accessToken: string): Promise<User> {
      const url = `${work.apiUrl}/v2/user/info/?fields=${userFields}`;
      return (await readJson<{ data: { user: User } }>(url, { headers: headersOf(accessToken) })).data.user;
    },
    async *readPages(accessToken: string): AsyncGenerator<Video[]> {
      for (let cursor: number | undefined; ; ) {
        const { data } = await readJson<{ data: { videos: Video[]; cursor: number; has_more: boolean } }>(
          `${work.apiUrl}/v2/video/list/?fields=${videoFields}`,
          { method: 'POST', headers: headersOf(accessToken), body: JSON.stringify({ cursor, max_count: 20 }) },
        );
        yield data.videos;
        if (!data.has_more) return;
        cursor = data.cursor;
      }
    },
  };
}

export interface PlainSync {
  /** One store: its pair durable before it is used, then all of its day in one statement. `refreshToken`: where it is known. */
  sync(storeCode: string, refreshToken?: string): Promise<void>;
  pool: pg.Pool;
}

/** The work of a contender with the fewest statements that are durable: two, and one more where the pair is not at hand. */
export function createPlainSync(work: Work): PlainSync {
  const pool = new pg.Pool({ connectionString: work.databaseUrl, max: work.concurrency });
  pool.on('error', () => undefined);
  const tiktok = createTikTok(work);
  const named = <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) =>
    pool.query<Row>({ name, text, values });
  return {
    pool,
    async sync(storeCode, refreshToken) {
      const startedAt = new Date();
      const known =
        refreshToken ??
        (
          await named<{ refresh_token: string }>(
            'find_account',
            'select refresh_token from bench.accounts where store_code = $1',
            [storeCode],
          )
        ).rows[0]?.refresh_token;
      const pair = await tiktok.refresh(known ?? '');
      await named(
        'save_pair',
        'update bench.accounts set access_token = $2, refresh_token = $3, updated_at = now() where store_code = $1',
        [storeCode, pair.access_token, pair.refresh_token],
      );
      const user = await tiktok.readUser(pair.access_token);
      const videos: Video[] = [];
      for await (const page of tiktok.readPages(pair.access_token)) videos.push(...page);
      await named('write_day', writeDay, [
        storeCode,
        work.snapshotDate,
        JSON.stringify(user),
        JSON.stringify(videos),
        startedAt,
      ]);
    },
  };
}

const writeDay = `
  with account as (
    insert into bench.user_daily
    select $1, $2::date, follower_count, following_count, likes_count, video_count, now()
    from json_to_record($3::json) as u(follower_count bigint, following_count bigint, likes_count bigint, video_count bigint)
    on conflict (store_code, snapshot_date) do update set follower_count = excluded.follower_count,
      following_count = excluded.following_count, likes_count = excluded.likes_count, video_count = excluded.video_count,
      captured_at = excluded.captured_at
  ), log as (
    insert into bench.sync_logs (store_code, snapshot_date, status, started_at, finished_at)
    values ($1, $2::date, 'SUCCESS', $5::timestamptz, now())
  )
  insert into bench.video_daily
  select $1, id, $2::date, view_count, like_count, comment_count, share_count, now()
  from json_to_recordset($4::json) as v(id text, view_count bigint, like_count bigint, comment_count bigint, share_count bigint)
  on conflict (store_code, video_id, snapshot_date) do update set view_count = excluded.view_count,
    like_count = excluded.like_count, comment_count = excluded.comment_count, share_count = excluded.share_count,
    captured_at = excluded.captured_at`;

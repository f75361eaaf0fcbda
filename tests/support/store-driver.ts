import { expect, vi } from 'vitest';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { type Oracle, oracle } from '../../src/simulator/oracle.ts';
import type { Scope } from '../../src/simulator/scopes.ts';
import type { AccountSpec } from '../../src/simulator/world.ts';
import { newStoreCode, type TestHarian } from './harian.ts';
import { openSqlPool, type Sql } from './sql.ts';
import { insertConnectedStore } from './stores.ts';

export interface TestStore {
  storeCode: string;
  openId: string;
}

export interface JobBody {
  id: string;
  snapshot_date: string;
  trigger: string;
  state: 'queued' | 'deferred' | 'active' | 'retrying' | 'completed' | 'failed' | 'cancelled';
  attempt: number;
  max_attempts: number;
  retry_at: string | null;
  progress: { pages: number; videos: number } | null;
  error: { code: string; http_status: number | null; tiktok_log_id: string | null } | null;
}

export interface LogBody {
  job_id: string;
  attempt: number;
  trigger: string;
  status: string;
  error_code: string | null;
  http_status: number | null;
  tiktok_log_id: string | null;
  pages: number;
  videos: number;
  started_at: string;
  finished_at: string | null;
  retry_at: string | null;
}

export interface StoreBody {
  status: string;
  status_reason: string | null;
  account: { open_id: string; display_name: string | null; username: string | null } | null;
  last_synced_at: string | null;
  last_snapshot_date: string | null;
  job: { id: string; state: string } | null;
}

export interface DayRow {
  day: string;
  state: string;
  reason: string | null;
  retry_after: Date | null;
  captured_at: Date | null;
}

type NewFault = Omit<Fault, 'openId'>;

/** An admin's hands and eyes on stores: what is asked goes over HTTP, what is checked comes from the rows. */
export interface StoreDriver {
  sql: Sql;
  /** A connected store of its own, on an account no other test has. */
  newStore(options?: { openId?: string; scopes?: Scope[]; timezone?: string; connectedAt?: Date }): Promise<TestStore>;
  /** An account no other test has. */
  newOpenId(): string;
  fault(store: TestStore, fault: NewFault): void;
  resync(store: TestStore): Promise<string>;
  /** An admin who does not want to wait for the retry of this attempt; resolves when the next one has begun. */
  pullForward(store: TestStore, job: JobBody): Promise<void>;
  job(id: string): Promise<JobBody>;
  /** Waits for the job to be in one of these states. */
  untilJob(id: string, ...states: JobBody['state'][]): Promise<JobBody>;
  /** Waits until a delivery of the job has ended in this process, whatever became of the job meanwhile. */
  untilRunEnded(id: string): Promise<void>;
  /** A resync, and what became of its first attempt. */
  sync(store: TestStore): Promise<JobBody>;
  cancel(id: string): Promise<void>;
  store(store: TestStore): Promise<StoreBody>;
  /** Oldest first. */
  logs(store: TestStore): Promise<LogBody[]>;
  days(store: TestStore): Promise<DayRow[]>;
  /** The stored pair's own row. */
  account(store: TestStore): Promise<AccountRow>;
  /** The access token is over, as far as the program knows; TikTok still takes the refresh token. */
  expireAccessToken(store: TestStore): Promise<void>;
  journal(store: TestStore, endpoint?: JournalEntry['endpoint']): JournalEntry[];
  oracle(store: TestStore): Oracle;
  close(): Promise<void>;
}

export interface AccountRow {
  access_token_encrypted: string | null;
  refresh_token_encrypted: string | null;
  access_expires_at: Date | null;
  refresh_expires_at: Date | null;
  refresh_state: string;
  version: number;
  scopes: string[];
}

/** Accounts named `prefix-1`, …, with a few old videos each: a run of one is quick. */
export const smallAccounts = (count: number, videoCount = 25): AccountSpec[] =>
  Array.from({ length: count }, (_, index) => ({
    openId: `small-${index + 1}`,
    username: `small.${index + 1}`,
    displayName: `Small Shop ${index + 1}`,
    videoCount,
  }));

const ended = ['deferred', 'retrying', 'completed', 'failed', 'cancelled'] as const;

export async function createStoreDriver(harian: TestHarian): Promise<StoreDriver> {
  const { control } = harian.simulator;
  const sql = openSqlPool(harian.database.url);
  const unused = control.accounts.map((account) => account.openId).filter((openId) => openId.startsWith('small-'));

  const read = async <T>(path: string): Promise<T> => {
    const answer = await harian.api<T>('GET', path);
    expect(answer.status, path).toBe(200);
    return answer.body;
  };
  const driver: StoreDriver = {
    sql,
    newOpenId() {
      const openId = unused.shift();
      if (openId === undefined) throw new Error('the simulator has too few accounts for this file');
      return openId;
    },
    async newStore(options = {}) {
      const store = { ...options, storeCode: newStoreCode(), openId: options.openId ?? driver.newOpenId() };
      await insertConnectedStore(harian.harian.deps.db, harian.simulator, store);
      return { storeCode: store.storeCode, openId: store.openId };
    },
    fault: ({ openId }, fault) => void control.faults.add({ ...fault, openId }),
    async resync({ storeCode }) {
      const answer = await harian.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
      expect(answer, 'resync').toMatchObject({ status: 202 });
      return answer.body.job.id;
    },
    async pullForward({ storeCode }, { id, attempt }) {
      // 409 when it went on by itself in this very moment.
      expect([202, 409]).toContain((await harian.api('POST', `/api/stores/${storeCode}/resync`)).status);
      const begun = async () => expect((await driver.job(id)).attempt).toBeGreaterThan(attempt);
      await vi.waitFor(begun, { timeout: 60_000, interval: 10 });
    },
    job: (id) => read(`/api/jobs/${id}`),
    untilRunEnded: (id) =>
      expect
        .poll(() => harian.logs.some((line) => line.includes('"sync ended"') && line.includes(id)), { timeout: 60_000 })
        .toBe(true),
    untilJob: (id, ...states) =>
      vi.waitFor(
        async () => {
          const job = await driver.job(id);
          expect(states).toContain(job.state);
          return job;
        },
        { timeout: 60_000, interval: 20 },
      ),
    async sync(store) {
      const jobId = await driver.resync(store);
      for (;;) {
        const job = await driver.untilJob(jobId, ...ended);
        if (job.error?.code !== 'STORE_BUSY') return job;
        await driver.untilJob(jobId, 'queued', 'active', 'retrying', 'completed', 'failed');
      }
    },
    async cancel(id) {
      expect((await harian.api('POST', `/api/jobs/${id}/cancel`)).status).toBe(200);
    },
    store: ({ storeCode }) => read(`/api/stores/${storeCode}`),
    async logs({ storeCode }) {
      const page = await read<{ items: LogBody[] }>(`/api/sync-logs?store_code=${storeCode}&limit=200`);
      return page.items.toReversed();
    },
    days: ({ storeCode }) =>
      sql.query<DayRow & { [column: string]: unknown }>(
        `select snapshot_date::text as day, state, reason, retry_after, captured_at
         from store_days where store_code = $1 order by snapshot_date`,
        [storeCode],
      ),
    async account({ storeCode }) {
      const rows = await sql.query<AccountRow & { [column: string]: unknown }>(
        `select convert_from(access_token_encrypted, 'UTF8') as access_token_encrypted,
           convert_from(refresh_token_encrypted, 'UTF8') as refresh_token_encrypted, access_expires_at, refresh_expires_at, refresh_state,
           version, scopes from tiktok_accounts where store_code = $1`,
        [storeCode],
      );
      const [row] = rows;
      if (!row) throw new Error(`no account of ${storeCode}`);
      return row;
    },
    async expireAccessToken({ storeCode }) {
      await sql.query(`update tiktok_accounts set access_expires_at = now() where store_code = $1`, [storeCode]);
    },
    journal: ({ openId }, endpoint) =>
      control.journal
        .entries()
        .filter((entry) => entry.openId === openId && (endpoint === undefined || entry.endpoint === endpoint)),
    oracle: ({ openId }) => oracle(control.journal.entries(), openId),
    close: () => sql.close(),
  };
  return driver;
}

/** Every row of the store's latest day is what TikTok said last, number by number and as text: nothing is rounded. */
export async function expectRowsEqualOracle(driver: StoreDriver, store: TestStore): Promise<void> {
  const { user, videos } = driver.oracle(store);
  const text = (value: number | undefined) => (value === undefined ? null : String(value));
  const [accountRow] = await driver.sql.query(
    `select follower_count::text, following_count::text, likes_count::text, video_count::text
     from user_daily where store_code = $1 order by snapshot_date desc limit 1`,
    [store.storeCode],
  );
  expect(accountRow).toEqual({
    follower_count: text(user?.follower_count),
    following_count: text(user?.following_count),
    likes_count: text(user?.likes_count),
    video_count: text(user?.video_count),
  });
  const rows = await driver.sql.query(
    `select video_id, view_count::text, like_count::text, comment_count::text, share_count::text
     from video_daily where store_code = $1
       and snapshot_date = (select max(snapshot_date) from user_daily where store_code = $1)
     order by video_id`,
    [store.storeCode],
  );
  const expected = [...(videos ?? new Map()).values()].map((video) => ({
    video_id: video.id,
    view_count: text(video.view_count),
    like_count: text(video.like_count),
    comment_count: text(video.comment_count),
    share_count: text(video.share_count),
  }));
  expect(rows).toEqual(expected.sort((a, b) => (a.video_id < b.video_id ? -1 : 1)));
}

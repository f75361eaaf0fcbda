import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TokenCipher } from '../../src/crypto/token-cipher.ts';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { decryptRefreshToken } from '../../src/services/token-pair.ts';
import type { Simulator } from '../../src/simulator/app.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { oracle } from '../../src/simulator/oracle.ts';

// What the database says of a store, in plain SQL, and what it ought to say by the simulator's journal. Here a store's
// code is the open_id of its account, and it has one day.

const counter = z.number().nullable();
const userRow = z.object({
  follower_count: counter,
  following_count: counter,
  likes_count: counter,
  video_count: counter,
  captured_at: z.string(),
});
const videoRow = z.object({
  id: z.string(),
  view_count: counter,
  like_count: counter,
  comment_count: counter,
  share_count: counter,
  captured_at: z.string(),
});
const factsSchema = z.object({
  store_code: z.string(),
  status: z.string(),
  status_reason: z.string().nullable(),
  refresh_state: z.string().nullable(),
  refresh_token: z.instanceof(Buffer).nullable(),
  days: z.array(z.object({ state: z.string(), reason: z.string().nullable() })),
  users: z.array(userRow),
  videos: z.array(videoRow),
  running_logs: z.number(),
  live_jobs: z.number(),
});
export type StoreFacts = z.output<typeof factsSchema>;

/** Everything at one instant; stores that are not there are left out. */
export async function readFacts(db: Database, storeCodes: readonly string[]): Promise<StoreFacts[]> {
  const { rows } = await db.execute(sql`
    select s.store_code, s.status, s.status_reason, a.refresh_state, a.refresh_token_encrypted as refresh_token,
      (select coalesce(json_agg(d), '[]') from store_days d where d.store_code = s.store_code) as days,
      (select coalesce(json_agg(u), '[]') from user_daily u where u.store_code = s.store_code) as users,
      (select coalesce(json_agg(json_build_object('id', v.video_id, 'view_count', v.view_count,
          'like_count', v.like_count, 'comment_count', v.comment_count, 'share_count', v.share_count,
          'captured_at', v.captured_at)), '[]')
        from video_daily v where v.store_code = s.store_code) as videos,
      (select count(*)::int from sync_logs l where l.store_code = s.store_code and l.status = 'RUNNING') as running_logs,
      (select count(*)::int from pgboss.job j where j.name = 'sync-store' and j.singleton_key = s.store_code
        and j.state <= 'active') as live_jobs
    from stores s left join tiktok_accounts a using (store_code)
    where s.store_code = any(${sql.param([...storeCodes])}::text[])
    order by s.store_code`);
  return z.array(factsSchema).parse(rows);
}

/** Rows of a day that no single run can have written: several instants, or the account without its videos. */
export function tornSentence(facts: StoreFacts, videosOfAccount: number): string | null {
  const { users, videos } = facts;
  if (users.length === 0 && videos.length === 0) return null;
  const instants = new Set([...users, ...videos].map((row) => row.captured_at));
  const isWhole = users.length === 1 && videos.length === videosOfAccount && instants.size === 1;
  return isWhole
    ? null
    : `has a torn snapshot: ${users.length} account rows and ${videos.length} of ${videosOfAccount} videos of ${instants.size} instants`;
}

/** What is wrong with a store whose day was to be read, a phrase each. `entries`: the journal of its account. */
export function wrongWithDay(facts: StoreFacts, entries: readonly JournalEntry[], videosOfAccount: number): string[] {
  const wrong = wrongWithLedger(facts, videosOfAccount);
  return wrong.length > 0 ? wrong : wrongWithNumbers(facts, entries);
}

/** The same without a look at the numbers. */
export function wrongWithLedger(facts: StoreFacts, videosOfAccount: number): string[] {
  const wrong: string[] = [];
  const [day, ...more] = facts.days;
  if (!day) wrong.push('has no day in the ledger');
  if (more.length > 0) wrong.push(`has ${facts.days.length} rows for one day`);
  if (day && day.state !== 'complete') wrong.push(`lost its day: ${day.state}, ${day.reason}`);
  if (facts.running_logs > 0) wrong.push(`has ${facts.running_logs} logs left RUNNING`);
  if (facts.live_jobs > 0) wrong.push('has a job that never ended');
  const ids = new Set(facts.videos.map((video) => video.id));
  if (facts.users.length > 1 || ids.size < facts.videos.length) wrong.push('has duplicate rows');
  const torn = tornSentence(facts, videosOfAccount);
  if (torn) wrong.push(torn);
  return wrong;
}

function wrongWithNumbers(facts: StoreFacts, entries: readonly JournalEntry[]): string[] {
  const wrong: string[] = [];
  const truth = oracle(entries, facts.store_code);
  const [user] = facts.users;
  if (!user || !truth.user || !truth.videos) return ['has a complete day without a walk in the journal'];
  if (differs(truth.user, user)) wrong.push('has account numbers that are not those of its last walk');
  const off = facts.videos.filter((video) => differs(truth.videos?.get(video.id) ?? { id: '' }, video)).length;
  if (off > 0 || truth.videos.size !== facts.videos.length) {
    wrong.push(`has ${off} of ${facts.videos.length} videos with numbers that are not those of its last walk`);
  }
  return wrong;
}

/** Numbers that TikTok never gave for this store, in whichever walk; for runs of which some read and could not write. */
export function madeUpSentence(facts: StoreFacts, entries: readonly JournalEntry[]): string | null {
  const users = entries.flatMap(({ user }) => (user === null ? [] : [user]));
  const videos = entries.flatMap((entry) => entry.videosReturned);
  const isKnown = (row: object, truths: readonly object[]) => truths.some((truth) => !differs(truth, row));
  const unknown =
    facts.users.filter((row) => !isKnown(row, users)).length +
    facts.videos.filter(
      (row) =>
        !isKnown(
          row,
          videos.filter(({ id }) => id === row.id),
        ),
    ).length;
  return unknown === 0 ? null : `has ${unknown} rows with numbers that TikTok never gave`;
}

const differs = (truth: object, row: object): boolean =>
  Object.entries(truth).some(([name, value]) => Reflect.get(row, name) !== value);

/** Whether the store holds the last pair TikTok gave for it; true when the journal knows of none. */
export function holdsLastPair(facts: StoreFacts, entries: readonly JournalEntry[], cipher: TokenCipher): boolean {
  const issued = entries.findLast((entry) => entry.issuedHashes !== null)?.issuedHashes;
  if (!issued) return true;
  if (facts.refresh_token === null) return false;
  const token = decryptRefreshToken(cipher, facts.store_code, facts.refresh_token);
  return createHash('sha256').update(token).digest('hex') === issued.refresh;
}

export interface JournalByAccount {
  /** Takes over what came since; the simulator's own journal is emptied, so that it never forgets by itself. */
  pull(): void;
  of(openId: string): readonly JournalEntry[];
  forget(openId: string): void;
}

export function followJournal(simulator: Simulator): JournalByAccount {
  const accounts = new Map<string, JournalEntry[]>();
  return {
    pull() {
      const { journal } = simulator.control;
      for (const entry of journal.entries()) {
        if (entry.openId === null) continue;
        const known = accounts.get(entry.openId);
        if (known) known.push(entry);
        else accounts.set(entry.openId, [entry]);
      }
      journal.clear();
    },
    of: (openId) => accounts.get(openId) ?? [],
    forget: (openId) => void accounts.delete(openId),
  };
}

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import type { AnsweredVideo } from '../../src/simulator/journal.ts';
import { oracle } from '../../src/simulator/oracle.ts';
import { makeAccounts } from '../../src/simulator/world.ts';
import type { Experiment } from './experiment.ts';

/** No more than the simulator keeps at hand. */
const storeCount = 60;
const faultyShare = 0.3;
/** At the end, so that also a store with many pages is once read whole. */
const lastFaultyShare = 0.05;
const callersAtOnce = 12;
const maxRssMb = 256;
const megabyte = 2 ** 20;

type Way = Pick<Fault, 'endpoint' | 'kind'> & Partial<Fault>;

/** Everything TikTok's answer can be but right, short of what ends a connection for good. */
const waysOf = (elsewhere: string): Way[] => {
  const any = (kind: Fault['kind'], parameters: Partial<Fault> = {}): Way[] =>
    (['user/info', 'video/list'] as const).map((endpoint) => ({ endpoint, kind, ...parameters }));
  return [
    ...any('rate_limited', { retryAfterSeconds: 0 }),
    ...any('rate_limited', { retryAfterSeconds: 1 }),
    ...any('internal_error'),
    ...[502, 503, 504].flatMap((status) => any('http_502_html', { status })),
    ...any('timeout', { delayMs: 30 }),
    ...any('reset'),
    ...any('reply_lost'),
    ...any('reply_lost', { drop: 'hang', delayMs: 30 }),
    ...any('truncated_body'),
    ...any('html_200'),
    ...any('error_body_200'),
    ...any('error_body_200', { code: 'invalid_params' }),
    ...any('error_body_200', { code: 'no such <b>code</b>' }),
    ...any('display_error', { code: 'invalid_params', status: 400 }),
    ...any('display_error', { code: 'brand_new', status: 403 }),
    ...any('display_error', { code: 'brand_new', status: 503 }),
    ...any('display_error', { code: 'access_token_invalid', status: 502 }),
    ...any('display_error', { code: 'scope_not_authorized', status: 500 }),
    ...any('token_invalid'),
    ...any('redirect', { location: elsewhere }),
    ...any('huge_body'),
    ...any('huge_body', { bytes: 3 * megabyte }),
    ...any('wrong_content_type'),
    ...any('delay', { delayMs: 40 }),
    ...any('missing_counters'),
    ...any('missing_counters', { fields: ['likes_count', 'share_count', 'comment_count'] }),
    { endpoint: 'video/list', kind: 'cursor_loop' },
    { endpoint: 'video/list', kind: 'duplicate_videos' },
    { endpoint: 'video/list', kind: 'empty_page_has_more' },
    // Only such as leave the refresh token unspent: a spent one whose answer is lost is lost.
    { endpoint: 'token', kind: 'internal_error' },
    { endpoint: 'token', kind: 'html_200' },
    { endpoint: 'token', kind: 'reset' },
    { endpoint: 'token', kind: 'redirect', location: elsewhere },
    { endpoint: 'token', kind: 'error_body_200' },
  ];
};

/** n replies, 30 % of them wrong, to a real Harian whose admin asks for one store after the other. */
export const faultyTiktok: Experiment = {
  name: 'faulty-tiktok',
  figure: 'rows are what TikTok said, memory stays below 256 MB, no redirect is followed',
  quick: 20_000,
  full: 500_000,
  negative: 2_500,
  async run({ n, rig, seed, say, signal }) {
    let hits = 0;
    const elsewhere = createServer((_request, response) => {
      hits += 1;
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    rig.cleanup.defer(() => void elsewhere.close());

    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const accounts = makeAccounts(seed, storeCount).map((account, index) => ({
      ...account,
      videoCount: (index * 5) % 200,
    }));
    const { simulator, url } = await rig.serveSimulator({ accounts, journalLimit: 50_000 });
    const { control } = simulator;
    await rig.insertStores(db, simulator);
    const ways = waysOf(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    // One of them TikTok never tells whom it follows: that is not 0, on no day.
    const [reticent = ''] = accounts.slice(-1).map(({ openId }) => openId);
    const addAllFaults = (share: number) => {
      control.faults.add({
        endpoint: 'user/info',
        kind: 'missing_counters',
        fields: ['following_count'],
        openId: reticent,
        times: null,
      });
      addFaults(control.faults.add, ways, share);
    };
    addAllFaults(faultyShare);
    const harian = await rig.startHarian({
      databaseUrl,
      simulatorUrl: url,
      roles: 'api,worker',
      environment: { LOG_LEVEL: 'warn' },
    });

    const startRssMb = await peakRssMb(harian.pid);
    const failures: string[] = [];
    const replies = () => control.journal.lastSeq();
    const codes = accounts.map((account) => account.openId);
    /** Asks for stores in turn, for as long as `wanted` names one. */
    const drive = async (wanted: () => string | undefined) => {
      await Promise.all(
        Array.from({ length: callersAtOnce }, async () => {
          for (let code = wanted(); code !== undefined; code = wanted()) {
            const { status } = await harian.api('POST', `/api/stores/${code}/resync`);
            if (status !== 202 && status !== 409) failures.push(`a resync was answered ${status}`);
            if (status === 409) await sleep(20, undefined, { signal });
          }
        }),
      );
    };

    let next = 0;
    let saidAt = 0;
    await drive(() => {
      if (replies() - saidAt >= 5_000) {
        saidAt = replies();
        say(`${saidAt} replies`);
      }
      return replies() < n && failures.length === 0 ? codes[next++ % codes.length] : undefined;
    });
    const fired = control.faults.list().filter((fault) => fault.fired > 0 && fault.openId === undefined);
    const wrongShare = fired.reduce((sum, fault) => sum + fault.fired, 0) / replies();
    // Faults go on; each store now stops at its first run that saw everything.
    control.faults.clear();
    addAllFaults(lastFaultyShare);
    const deadline = performance.now() + 120_000;
    for (;;) {
      const unread = (await notYetRead(db)).filter((code) => code !== reticent);
      if (unread.length === 0 || failures.length > 0) break;
      if (performance.now() > deadline) {
        failures.push(`${unread.length} stores were never read whole`);
        break;
      }
      await drive(() => unread.shift());
      await sleep(200, undefined, { signal });
    }

    const entries = control.journal.entries();
    for (const openId of codes.filter((code) => code !== reticent)) {
      const wrong = await compare(db, openId, oracle(entries, openId));
      if (wrong !== null) failures.push(`${openId}: ${wrong}`);
    }
    const told = await db.execute<{ followers: boolean; following: number | null }>(sql`
      select follower_count is not null as followers, following_count as following from user_daily where store_code = ${reticent}`);
    const isHonest =
      told.rows.length > 0 && told.rows.every(({ followers, following }) => followers && following === null);
    if (!isHonest) failures.push(`${reticent} has another number than those TikTok told`);
    const marked = await db.execute<{ count: number }>(
      sql`select count(*)::int as count from stores where status <> 'CONNECTED'`,
    );
    if (marked.rows[0]?.count !== 0) failures.push(`${marked.rows[0]?.count} stores were marked`);
    if (hits > 0) failures.push(`${hits} redirects were followed`);
    const rssMb = await peakRssMb(harian.pid);
    if (rssMb > maxRssMb) failures.push(`Harian needed ${rssMb} MB`);
    if (n >= 10_000 && fired.length < ways.length) failures.push('not every way of being wrong was tried');
    return {
      n: replies(),
      failures,
      measured: [
        `${(100 * wrongShare).toFixed(0)} % wrong in ${fired.length} ways`,
        `peak RSS ${rssMb} MB, ${startRssMb} MB after the start`,
        `${hits} redirects followed`,
      ],
    };
  },
  defects: [
    {
      name: 'a body may be as large as it likes',
      file: 'src/tiktok/http-call.ts',
      find: 'if (size > maxBodyBytes) return null;',
      replace: '',
    },
    {
      name: 'redirects are followed',
      file: 'src/tiktok/lean-fetch.ts',
      find: "import { Agent, request } from 'undici';",
      replace: `import { Agent as Plain, interceptors, request } from 'undici';
      class Agent { constructor() { return new Plain().compose(interceptors.redirect({ maxRedirections: 3 })); } }`,
    },
    {
      name: 'a counter that TikTok left out is 0',
      file: 'src/tiktok/schemas.ts',
      find: 'const counter = z.transform(whole(0, Number.MAX_SAFE_INTEGER));',
      replace: 'const counter = z.transform((value: unknown) => whole(0, Number.MAX_SAFE_INTEGER)(value) ?? 0);',
    },
    {
      name: 'a list that broke off passes for whole',
      file: 'src/tiktok/list-all-videos.ts',
      find: 'if (page instanceof TikTokError) return { ...seen(), complete: false, stoppedBy: null, failure: page };',
      replace: 'if (page instanceof TikTokError) return { ...seen(), complete: true, stoppedBy: null, failure: null };',
    },
  ],
};

/** Each fault is drawn after those before it, so its own chance rises to leave all of them the same share. */
function addFaults(add: (fault: Fault) => number, ways: readonly Way[], faulty: number): void {
  // Of one endpoint's requests: the others' faults cannot happen to them.
  for (const endpoint of ['user/info', 'video/list', 'token'] as const) {
    const own = ways.filter((way) => way.endpoint === endpoint);
    const share = faulty / own.length;
    for (const [index, way] of own.entries()) {
      add({ ...way, times: null, probability: share / (1 - index * share) });
    }
  }
}

/** Stores whose latest run did not see everything, or still runs. */
async function notYetRead(db: Database): Promise<string[]> {
  const result = await db.execute<{ store_code: string }>(sql`
    select s.store_code from stores s
    where 'SUCCESS' is distinct from (
      select l.status from sync_logs l where l.store_code = s.store_code order by l.started_at desc, l.id desc limit 1)
    or exists (select from pgboss.job j where j.name = 'sync-store' and j.singleton_key = s.store_code and j.state <= 'active')`);
  return result.rows.map((row) => row.store_code);
}

const text = (value: number | undefined) => (value === undefined ? null : String(value));
const numbersOf = (video: AnsweredVideo) =>
  [video.view_count, video.like_count, video.comment_count, video.share_count].map(text).join();

/** What differs between the rows of a store's latest day and what TikTok answered last; null when nothing does. */
async function compare(db: Database, storeCode: string, said: ReturnType<typeof oracle>): Promise<string | null> {
  const { rows: days } = await db.execute<{ numbers: string }>(sql`
    select concat_ws(',', coalesce(follower_count::text, ''), coalesce(following_count::text, ''),
      coalesce(likes_count::text, ''), coalesce(video_count::text, '')) as numbers
    from user_daily where store_code = ${storeCode} order by snapshot_date desc limit 1`);
  const user = said.user;
  const expected = [user?.follower_count, user?.following_count, user?.likes_count, user?.video_count].map(text).join();
  if (days[0]?.numbers !== expected) return `the account's numbers are ${days[0]?.numbers}, TikTok said ${expected}`;
  const { rows } = await db.execute<{ id: string; numbers: string }>(sql`
    select video_id as id, concat_ws(',', view_count, like_count, comment_count, share_count) as numbers
    from video_daily where store_code = ${storeCode}
      and snapshot_date = (select max(snapshot_date) from user_daily where store_code = ${storeCode})`);
  const videos = said.videos ?? new Map<string, AnsweredVideo>();
  if (rows.length !== videos.size) return `${rows.length} videos are kept, TikTok named ${videos.size}`;
  for (const { id, numbers } of rows) {
    const video = videos.get(id);
    const answered = video && numbersOf(video);
    if (numbers !== answered) return `video ${id} has ${numbers}, TikTok said ${answered}`;
  }
  return null;
}

/** The most memory the process ever held, from the kernel. */
async function peakRssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { makeAccounts } from '../../src/simulator/world.ts';
import { mostWithin } from './budget.ts';
import type { Experiment } from './experiment.ts';

const requestsPerMinute = 1_500;
const downMs = 26_000;
const concurrency = 8;
const processes = 2;
const endpoints = ['token', 'user/info', 'video/list'] as const;
/** Ten in a row open it, and what is under way then fails as well. */
const failuresToOpen = 10 + processes * concurrency;
/** After about 5, 10 and 20 s, for each endpoint. */
const probesEach = 4;

/** As long as what was under way needs to fail. */
const openWithinMs = 4_000;

interface QueueBody {
  breaker: { endpoint: string } | null;
}

/** n stores in two processes; TikTok answers 503 to all of them in the middle of the night, and comes back. */
export const tiktokDown: Experiment = {
  name: 'tiktok-down',
  figure: 'the fleet stops asking, only probes go out, no attempt is lost to waiting, every day is complete afterwards',
  quick: 100,
  full: 400,
  negative: 60,
  async run({ n, rig, seed, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const accounts = makeAccounts(seed, n).map((account) => ({ ...account, videoCount: 30 }));
    const { simulator, url } = await rig.serveSimulator({ accounts, latencyMs: 20 });
    const { control } = simulator;
    await rig.insertStores(db, simulator);
    // Every other store has to refresh first, so that all three endpoints are asked.
    await db.execute(sql`
      update tiktok_accounts set access_expires_at = now() where right(md5(store_code), 1) < '8'`);
    const environment = {
      TIKTOK_REQUESTS_PER_MINUTE: String(requestsPerMinute),
      SYNC_CONCURRENCY: String(concurrency),
    };
    const options = { databaseUrl, simulatorUrl: url, environment };
    const [first] = await Promise.all([rig.startHarian(options), rig.startHarian({ ...options, roles: 'api,worker' })]);
    const failures: string[] = [];
    const complete = async () => {
      const result = await db.execute<{ count: number }>(
        sql`select count(*)::int as count from store_days where state = 'complete'`,
      );
      return result.rows[0]?.count ?? 0;
    };
    const until = async (what: string, withinMs: number, holds: () => Promise<boolean>) => {
      const deadline = performance.now() + withinMs;
      while (!(await holds())) {
        if (performance.now() > deadline) return void failures.push(`${what}: not within ${withinMs / 1000} s`);
        await sleep(100, undefined, { signal });
      }
    };

    await until('the first stores are read', 60_000, async () => (await complete()) >= n / 4);
    for (const endpoint of endpoints) {
      control.faults.add({ endpoint, kind: 'http_502_html', status: 503, times: null });
    }
    const downAtMs = Date.now();
    const readBefore = await complete();
    say(`${readBefore} of ${n} stores are read, TikTok goes down`);
    let shown = false;
    while (Date.now() < downAtMs + downMs) {
      const { body } = await first.api<QueueBody>('GET', '/api/queue');
      shown ||= body.breaker !== null;
      await sleep(500, undefined, { signal });
    }
    if (!shown) failures.push('/api/queue shows no open breaker');
    control.faults.clear();
    const backAtMs = Date.now();
    say('TikTok is back');
    await until('every day is complete', 150_000, async () => (await complete()) === n);
    const recoveredMs = Date.now() - backAtMs;

    const silent = control.journal.entries().filter((entry) => entry.fault === 'http_502_html');
    for (const endpoint of endpoints) {
      const asked = silent.filter((entry) => entry.endpoint === endpoint).length;
      if (asked > failuresToOpen + probesEach) failures.push(`${endpoint} was asked ${asked} times while it was down`);
      // By then the breaker is open: one probe at a time, and seconds between them.
      const probes = silent
        .filter((entry) => entry.endpoint === endpoint && Date.parse(entry.at) > downAtMs + openWithinMs)
        .map((entry) => Date.parse(entry.at));
      const shortest = Math.min(...probes.slice(1).map((at, index) => at - (probes[index] ?? 0)));
      if (shortest < 2_000) failures.push(`${endpoint} was probed again after ${shortest} ms`);
    }
    const counts = await db.execute<{ failed: number; late: number; marked: number; busiest: number }>(sql`
      select
        (select count(*)::int from sync_logs where status = 'FAILED') as failed,
        (select count(*)::int from sync_logs where status = 'FAILED'
          and finished_at between ${new Date(downAtMs + 12_000).toISOString()} and ${new Date(backAtMs).toISOString()}) as late,
        (select count(*)::int from stores where status <> 'CONNECTED') as marked,
        (select coalesce(max(attempt), 0) from sync_logs) as busiest`);
    const [row = { failed: 0, late: 0, marked: 0, busiest: 0 }] = counts.rows;
    if (row.late > 0) failures.push(`${row.late} attempts were used up while the breaker was open`);
    if (row.failed > endpoints.length * failuresToOpen) failures.push(`${row.failed} attempts were used up`);
    if (row.marked > 0) failures.push(`${row.marked} stores were marked`);
    for (const endpoint of endpoints.slice(1)) {
      const instants = control.journal
        .entries()
        .filter((entry) => entry.endpoint === endpoint && Date.parse(entry.at) >= backAtMs)
        .map((entry) => Date.parse(entry.at));
      // Half a second's delay of a busy machine on top of what two seconds hold.
      const most = mostWithin(instants, 2_000);
      if (most > (requestsPerMinute / 60) * 2.5 + requestsPerMinute * 0.01)
        failures.push(`${most} requests to ${endpoint} within two seconds of its return`);
    }
    return {
      n,
      failures,
      measured: [
        `${silent.length} requests in ${downMs / 1000} s without TikTok`,
        `${row.failed} attempts used, at most ${row.busiest} by a store`,
        `complete ${(recoveredMs / 1000).toFixed(1)} s after its return`,
      ],
    };
  },
  defects: [
    {
      name: 'the breaker never opens',
      file: 'src/domain/circuit-breaker.ts',
      find: 'return failures >= threshold && stores.size >= storesToOpen;',
      replace: 'return false;',
    },
    {
      name: 'whoever waits may probe',
      file: 'src/db/circuit-breakers.ts',
      find: '.probeAt} <= clock_timestamp()',
      replace: '.probeAt} is not null',
    },
    {
      name: 'a failed probe costs its store an attempt',
      file: 'src/services/request-budget.ts',
      find: 'if (!permit.probe || !isSilence(outcome.error)) throw outcome.error;',
      replace: 'throw outcome.error;',
    },
    {
      name: 'nobody hears that TikTok is back',
      file: 'src/db/circuit-breakers.ts',
      find: ".set({ state: 'closed', probeAt: null, failedProbes: 0,",
      replace: ".set({ state: 'open',",
    },
  ],
};

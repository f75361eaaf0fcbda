import { setTimeout as sleep } from 'node:timers/promises';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { Experiment, Trial } from './experiment.ts';
import { followJournal, readFacts, wrongWithDay } from './store-truth.ts';

const stores = 10;
const videosPerStore = 65;
/** A run takes six to ten seconds: about as long as a stop waits for it. */
const latencyMs = 1_800;
const stopLimitSeconds = 25;
const settleMs = 90_000;

/** What no stop may leave behind, in words. */
async function leftovers(trial: Trial, databaseUrl: string): Promise<string[]> {
  const db = trial.rig.openDatabase(databaseUrl);
  const { rows } = await db.execute<{ wrong: string }>(sql`
    select 'job ' || id || ' is still active' as wrong from pgboss.job where name = 'sync-store' and state = 'active'
    union all
    select 'job ' || id || ' used up an attempt' from pgboss.job
    where name = 'sync-store' and retry_count - (data->>'deferrals')::int + (state = 'retry')::int > 0
    union all
    select 'a log of ' || store_code || ' is still RUNNING' from sync_logs where status = 'RUNNING'
    union all
    select 'an attempt at ' || store_code || ' ended as ' || error_code from sync_logs
    where status not in ('RUNNING', 'SUCCESS') and error_code <> 'STOPPING'
    union all
    select 'a process is still registered' from heartbeats`);
  return rows.map(({ wrong }) => wrong);
}

export const drain: Experiment = {
  name: 'drain',
  figure: 'SIGTERM in the middle of work: exit 0 within 25 s, nothing left active, no attempt used up',
  quick: 4,
  full: 60,
  negative: 2,
  async run(trial) {
    const { rig, random } = trial;
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const names = Array.from({ length: stores }, (_, index) => `drain-${index}`);
    const tiktok = await rig.serveSimulator({
      latencyMs,
      accounts: names.map((name) => {
        return { openId: name, username: name, displayName: name, videoCount: videosPerStore };
      }),
    });
    await rig.insertStores(db, tiktok.simulator);
    const start = () =>
      rig.startHarian({
        databaseUrl,
        simulatorUrl: tiktok.url,
        environment: { LOG_LEVEL: 'warn', SYNC_CONCURRENCY: '6' },
      });
    const failures: string[] = [];
    const seconds: number[] = [];
    const { faults } = tiktok.simulator.control;

    for (let round = 0; round < trial.n && failures.length === 0; round++) {
      // Every store has work; one of them never ends by itself.
      faults.clear();
      faults.add({ endpoint: 'video/list', kind: 'delay', delayMs: 60_000, openId: names[round % stores] ?? '' });
      const harian = await start();
      for (const name of names) await harian.api('POST', `/api/stores/${name}/resync`);
      await sleep(random() * 4_000, undefined, { signal: trial.signal });
      const stoppedMs = performance.now();
      harian.signal('SIGTERM');
      const code = await Promise.race([harian.exited, sleep(60_000, 'none' as const)]);
      const took = (performance.now() - stoppedMs) / 1000;
      seconds.push(took);
      if (code !== 0) failures.push(`ended with exit code ${code}`);
      if (took > stopLimitSeconds) failures.push(`took ${took.toFixed(1)} s to end`);
      failures.push(...(await leftovers(trial, databaseUrl)));
      trial.say(`${round + 1} of ${trial.n}: ended after ${took.toFixed(1)} s`);
    }

    const given = await db.execute<{ back: number; read: number }>(sql`
      select count(*) filter (where error_code = 'STOPPING')::int as back,
        count(*) filter (where status = 'SUCCESS')::int as read from sync_logs`);
    // None is over before the signal, so whatever was read was waited for.
    if (given.rows[0]?.read === 0) failures.push('no run in flight ended by itself');
    // The next process finishes what the others had to leave.
    faults.clear();
    tiktok.simulator.control.setLatencyMs(0);
    await start();
    const deadline = performance.now() + settleMs;
    const isComplete = async () => {
      const { rows } = await db.execute<{ open: number }>(sql`
        select count(*)::int as open from pgboss.job where name = 'sync-store' and state < 'completed'`);
      return rows[0]?.open === 0;
    };
    while (performance.now() < deadline && !(await isComplete())) await sleep(250, undefined, { signal: trial.signal });
    const journal = followJournal(tiktok.simulator);
    journal.pull();
    for (const facts of await readFacts(db, names)) {
      const wrong = wrongWithDay(facts, journal.of(facts.store_code), videosPerStore);
      failures.push(...wrong.map((what) => `${facts.store_code} ${what}`));
    }
    return {
      n: seconds.length,
      failures,
      measured: [
        `longest stop ${Math.max(...seconds).toFixed(1)} s`,
        `${given.rows[0]?.back} runs given back, ${given.rows[0]?.read} ended by themselves`,
      ],
    };
  },
  defects: [
    {
      name: 'what hangs is never given back',
      file: 'src/jobs/sync-workers.ts',
      find: '      giveBack.abort(new StoppingError());\n',
      replace: '',
    },
    {
      name: 'a job given back costs an attempt',
      file: 'src/services/sync-store.ts',
      find: "? { action: 'defer', at: finishedAt, errorCode }",
      replace: "? { action: 'retry', at: finishedAt, errorCode }",
    },
    {
      name: 'a stop does not wait for the workers',
      file: 'src/compose.ts',
      find: 'workers?.drain() ?? true',
      replace: 'true',
    },
    {
      name: 'a stopped process stays registered',
      file: 'src/jobs/heartbeat.ts',
      find: '      await deleteHeartbeat(db, process.processId);\n',
      replace: '',
    },
  ],
};

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Harian } from '../../src/compose.ts';
import type { Database } from '../../src/db/client.ts';
import { insertStore } from '../../src/db/stores.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { completeConnect } from '../../src/services/complete-connect.ts';
import { createConnectLink } from '../../src/services/create-connect-link.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { startConnect } from '../../src/services/start-connect.ts';
import { bundle } from './bundle.ts';
import type { Experiment, Trial } from './experiment.ts';
import { type FlowName, type FlowOrder, reportSchema } from './failpoint-order.ts';
import { chaosTimezone, type ServedSimulator } from './rig.ts';
import { openServices } from './services.ts';
import { followJournal, holdsLastPair, readFacts, type StoreFacts, tornSentence, wrongWithDay } from './store-truth.ts';
import {
  endOutsideTransaction,
  linkOutsideTransaction,
  usedBeforeKept,
  withoutHeartbeat,
  withoutIntent,
  withoutTransaction,
} from './sync-defects.ts';
import type { When } from './walk.ts';

/** In this order: a connect leaves a job behind that a later sync would take for its own. */
const flows: readonly FlowName[] = ['sync', 'refresh', 'refresh-spooled', 'connect'];
/** Flows that one process walks, and dies with: each has two or three connections. */
const flowsPerDeath = 40;
/** Bounds what one database and one simulator hold. */
const roundsPerBlock = 5;
/** Three pages, so that one is in the middle. */
const videosPerAccount = 45;
/** Long enough for a run to pass the second after which it first writes down its progress. */
const latencyMs = 300;
const recoveryMs = 90_000;

/** A point of a flow, and the side of it on which the flow shall die. */
interface Stand {
  flow: FlowName;
  key: string;
  when: When;
  /** TikTok has given a new pair, and nothing can be durable yet: the window nobody can close. */
  inWindow: boolean;
}

/** How often a flow books its requests depends on the moment, and nobody waits for a lock's end: it may not come there. */
const isByChance = ({ key }: Stand) => /request_budgets|with "locked" as|pg_advisory_unlock/.test(key);

interface Death extends Stand {
  storeCode: string;
  /** Of a connect: what is in the link its owner was sent. */
  invite: string | null;
}

interface Ground {
  databaseUrl: string;
  db: Database;
  deps: Harian['deps'];
  tiktok: ServedSimulator;
  /** The process that dies. */
  program: string;
  nextAccount: () => string;
}

async function layGround(trial: Trial, program: string, accounts: number): Promise<Ground> {
  const { rig } = trial;
  const databaseUrl = await rig.createDatabase();
  const tiktok = await rig.serveSimulator({
    latencyMs,
    accounts: Array.from({ length: accounts }, (_, index) => {
      const name = `fp-${String(index).padStart(5, '0')}`;
      return { openId: name, username: name, displayName: name, videoCount: videosPerAccount };
    }),
  });
  const { deps } = await openServices(rig, { databaseUrl, simulatorUrl: tiktok.url });
  let next = 0;
  const nextAccount = () => tiktok.simulator.control.accounts[next++]?.openId ?? '';
  return { databaseUrl, db: rig.openDatabase(databaseUrl), deps, tiktok, program, nextAccount };
}

/** What the owner's browser brings back from TikTok. */
async function makeTrip(ground: Ground, invite: string, openId: string): Promise<NonNullable<FlowOrder['trip']>> {
  const { authorizeUrl, browserToken } = await startConnect(ground.deps, invite);
  const back = new URL(await ground.tiktok.simulator.control.consent(authorizeUrl, { openId }));
  const value = (name: string) => back.searchParams.get(name) ?? '';
  return { state: value('state'), code: value('code'), browserToken };
}

/** Stores ready for their flows; a null stand walks to the end. */
async function prepare(
  trial: Trial,
  ground: Ground,
  stands: readonly { flow: FlowName; stand: Stand | null }[],
): Promise<{ order: FlowOrder; invite: string | null }[]> {
  const made = stands.map((one) => ({ ...one, storeCode: ground.nextAccount() }));
  const connected = made.filter(({ flow }) => flow !== 'connect').map(({ storeCode }) => storeCode);
  await trial.rig.insertStores(ground.db, ground.tiktok.simulator, connected);
  // Each needs a refresh.
  await ground.db.execute(
    sql`update tiktok_accounts set access_expires_at = now() where store_code = any(${sql.param(connected)}::text[])`,
  );
  if (made.some(({ flow }) => flow === 'sync')) await planDay(ground.deps, 'schedule');
  return Promise.all(
    made.map(async ({ flow, stand, storeCode }) => {
      const order = { flow, storeCode, point: stand && { key: stand.key, when: stand.when }, trip: null };
      if (flow !== 'connect') return { order, invite: null };
      await insertStore(ground.db, { storeCode, name: storeCode, timezone: chaosTimezone });
      const invite = new URL((await createConnectLink(ground.deps, storeCode)).url).pathname.split('/').at(-1) ?? '';
      return { order: { ...order, trip: await makeTrip(ground, invite, storeCode) }, invite };
    }),
  );
}

/** One process that walks all of them and dies. Throws when it came to another end. */
async function walkAndDie(trial: Trial, ground: Ground, orders: readonly FlowOrder[]) {
  const child = fork(ground.program, {
    env: {
      PATH: process.env.PATH,
      ...trial.rig.environmentFor(ground.databaseUrl, ground.tiktok.url),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    signal: trial.signal,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  child.send({ databaseUrl: ground.databaseUrl, flows: orders });
  const answer = await Promise.race([once(child, 'message'), exited.then(() => null)]);
  const [, signal] = await exited;
  if (answer === null || signal !== 'SIGKILL') throw new Error('the process that was to die ended otherwise');
  return reportSchema.parse(answer[0]);
}

async function findStands(trial: Trial, ground: Ground): Promise<Stand[]> {
  const prepared = await prepare(
    trial,
    ground,
    flows.map((flow) => ({ flow, stand: null })),
  );
  const reports = await walkAndDie(
    trial,
    ground,
    prepared.map(({ order }) => order),
  );
  return flows.flatMap((flow, index) => {
    const points = reports[index]?.points ?? [];
    const token = points.findIndex((key) => key.startsWith('http POST /v2/oauth/token/'));
    const fsync = points.findLastIndex((key) => key.startsWith('fsync')) - 1;
    // The first act on the answer is the write; while the database is away, the file's, which is whole after its fsync.
    const durable = flow === 'refresh-spooled' ? { index: fsync, when: 'after' } : { index: token + 1, when: 'before' };
    return points.flatMap((key, at) =>
      (['before', 'after'] as const).map((when): Stand => {
        const isAnswered = at > token || (at === token && when === 'after');
        const isEarly = at < durable.index || (at === durable.index && (when === 'before' || durable.when === 'after'));
        return { flow, key, when, inWindow: flow !== 'connect' && token >= 0 && isAnswered && isEarly };
      }),
    );
  });
}

const sentence = (death: Death, what: string) =>
  `killed ${death.when} “${death.key}” of ${death.flow}: ${death.storeCode} ${what}`;

/** Before anybody tidies up: a reader must never see half of a day. */
function wrongAtDeath(facts: StoreFacts): string[] {
  const wrong: string[] = [];
  const torn = tornSentence(facts, videosPerAccount);
  if (torn) wrong.push(torn);
  if (facts.users.length > 0 && facts.days[0]?.state !== 'complete')
    wrong.push('shows numbers of a day it does not call read');
  return wrong;
}

/** An owner whose connecting died goes the same way again, over the same link. */
async function connectAgain(ground: Ground, deaths: readonly Death[]): Promise<string[]> {
  const facts = new Map(
    (
      await readFacts(
        ground.db,
        deaths.map((one) => one.storeCode),
      )
    ).map((f) => [f.store_code, f]),
  );
  const failures: string[] = [];
  for (const death of deaths) {
    const store = facts.get(death.storeCode);
    const isConnected = store?.status === 'CONNECTED' && store.refresh_token !== null && store.live_jobs === 1;
    const isUntouched = store?.status === 'PENDING' && store.refresh_token === null && store.live_jobs === 0;
    if (isConnected) continue;
    if (!isUntouched) failures.push(sentence(death, `is half connected: ${store?.status}, ${store?.live_jobs} jobs`));
    const outcome = await makeTrip(ground, death.invite ?? '', death.storeCode).then(
      (trip) => completeConnect(ground.deps, { ...trip, error: null }),
      (error: unknown) => String(error),
    );
    if (outcome !== 'CONNECTED')
      failures.push(sentence(death, `cannot be connected over its link any more: ${outcome}`));
  }
  return failures;
}

/** Until every day is read and nothing is under way; false when that takes too long. */
async function recovered(trial: Trial, db: Database): Promise<boolean> {
  const deadline = performance.now() + recoveryMs;
  while (performance.now() < deadline) {
    const { rows } = await db.execute<{ waiting: number }>(sql`
      select (select count(*) from stores s where s.status = 'CONNECTED' and not exists (
          select from store_days d where d.store_code = s.store_code and d.state = 'complete'))
        + (select count(*) from sync_logs where status = 'RUNNING')
        + (select count(*) from pgboss.job where name = 'sync-store' and state <= 'active') as waiting`);
    if (Number(rows[0]?.waiting) === 0) return true;
    await sleep(250, undefined, { signal: trial.signal });
  }
  return false;
}

async function runBlock(trial: Trial, ground: Ground, stands: readonly Stand[]) {
  const { rig, say } = trial;
  const { db, tiktok } = ground;
  const journal = followJournal(tiktok.simulator);
  const deaths: Death[] = [];
  const failures: string[] = [];
  let withoutPoint = 0;
  for (const flow of flows) {
    let pending = stands.filter((stand) => stand.flow === flow);
    // On a very busy machine a flow may time out on its way, so those that never came go once more.
    for (let tries = 1; pending.length > 0 && tries <= 3; tries++) {
      const strayed: Stand[] = [];
      for (let start = 0; start < pending.length; start += flowsPerDeath) {
        const group = pending.slice(start, start + flowsPerDeath);
        const prepared = await prepare(
          trial,
          ground,
          group.map((stand) => ({ flow, stand })),
        );
        const reports = await walkAndDie(
          trial,
          ground,
          prepared.map(({ order }) => order),
        );
        for (const [index, stand] of group.entries()) {
          const [one, report] = [prepared[index], reports[index]];
          if (!one || !report) throw new Error('a flow was not reported');
          const death = { ...stand, storeCode: one.order.storeCode, invite: one.invite };
          if (report.end === null) deaths.push(death);
          else if (tries < 3) strayed.push(stand);
          else if (isByChance(stand)) withoutPoint += 1;
          else failures.push(sentence(death, `never came there: after “${report.points.at(-1)}” ${report.end}`));
        }
        journal.pull();
      }
      pending = strayed;
    }
    say(`${deaths.length} of ${stands.length} flows killed`);
  }

  const byStore = new Map(deaths.map((death) => [death.storeCode, death]));
  const codes = [...byStore.keys()];
  for (const facts of await readFacts(db, codes)) {
    const death = byStore.get(facts.store_code);
    if (death) failures.push(...wrongAtDeath(facts).map((what) => sentence(death, what)));
    // What is read from now on differs from what the dead had read.
    const videos = journal.of(facts.store_code).flatMap((entry) => entry.videosReturned);
    tiktok.simulator.control.setNumbers(facts.store_code, {
      follower_count: 7,
      videos: Object.fromEntries(videos.map(({ id }) => [id, { view_count: 7 }])),
    });
  }
  tiktok.simulator.control.setLatencyMs(0);
  failures.push(
    ...(await connectAgain(
      ground,
      deaths.filter(({ flow }) => flow === 'connect'),
    )),
  );
  const beganMs = performance.now();
  const healthy = await rig.startHarian({
    databaseUrl: ground.databaseUrl,
    simulatorUrl: tiktok.url,
    program: await bundle(new URL('./worker-process.ts', import.meta.url), rig.directory),
    environment: { SYNC_CONCURRENCY: '12', SYNC_CRON: '*/5 * * * * *', LOG_LEVEL: 'warn' },
  });
  const isRecovered = await recovered(trial, db);
  const recoverySeconds = (performance.now() - beganMs) / 1000;
  if (!isRecovered) failures.push(`not everything was recovered ${recoveryMs / 1000} s after a healthy start`);
  await healthy.kill();

  journal.pull();
  let lostInWindow = 0;
  for (const facts of await readFacts(db, codes)) {
    const death = byStore.get(facts.store_code);
    if (!death) continue;
    const entries = journal.of(facts.store_code);
    const isLost = !holdsLastPair(facts, entries, rig.cipher);
    if (isLost && death.inWindow && facts.status_reason === 'REFRESH_OUTCOME_UNKNOWN') {
      lostInWindow += 1;
      continue;
    }
    const wrong = [];
    if (isLost) wrong.push(`lost its token pair and says ${facts.status}, ${facts.status_reason}`);
    if (facts.status !== 'CONNECTED') wrong.push(`is ${facts.status}, ${facts.status_reason}`);
    if (facts.refresh_state !== 'IDLE') wrong.push(`has a refresh left ${facts.refresh_state}`);
    wrong.push(...wrongWithDay(facts, entries, videosPerAccount));
    failures.push(...wrong.map((what) => sentence(death, what)));
  }
  for (const storeCode of await endedTwice(db)) {
    const death = byStore.get(storeCode);
    if (death) failures.push(sentence(death, 'has a job with two ends'));
  }
  return { deaths: deaths.length, failures, withoutPoint, lostInWindow, recoverySeconds };
}

/** Stores of a job that was done, and was done again: its end was not written with what it had read. */
async function endedTwice(db: Database): Promise<string[]> {
  const { rows } = await db.execute<{ code: string }>(sql`
    select store_code as code from sync_logs where status in ('SUCCESS', 'PARTIAL') and retry_at is null
    group by store_code, job_id having count(*) > 1`);
  return rows.map(({ code }) => code);
}

/** kill -9 before and after every statement, HTTP call and fsync of a sync, a refresh and a connect. */
export const failpoints: Experiment = {
  name: 'failpoints',
  figure: 'killed before and after every SQL, HTTP and fsync of sync, refresh, connect: nothing lost, torn or stuck',
  quick: 5,
  full: 50,
  negative: 1,
  async run(trial) {
    const program = await bundle(new URL('./failpoint-process.ts', import.meta.url), trial.rig.directory);
    const scout = await layGround(trial, program, flows.length);
    const stands = await findStands(trial, scout);
    trial.say(`${stands.length / 2} points`);
    const failures: string[] = [];
    const total = { deaths: 0, withoutPoint: 0, lostInWindow: 0, recoverySeconds: 0 };
    for (let rounds = trial.n; rounds > 0; rounds -= roundsPerBlock) {
      const block = Array.from({ length: Math.min(rounds, roundsPerBlock) }, () => stands).flat();
      const ground = await layGround(trial, program, 3 * block.length);
      const result = await runBlock(trial, ground, block);
      failures.push(...result.failures);
      total.deaths += result.deaths;
      total.withoutPoint += result.withoutPoint;
      total.lostInWindow += result.lostInWindow;
      total.recoverySeconds = Math.max(total.recoverySeconds, result.recoverySeconds);
    }
    const count = (kind: string) => stands.filter(({ key, when }) => when === 'before' && key.startsWith(kind)).length;
    return {
      n: total.deaths,
      failures,
      measured: [
        `${stands.length / 2} points (${count('sql')} SQL, ${count('http')} HTTP, ${count('fsync')} fsync), both sides × ${trial.n}; ${total.withoutPoint} flows had no such booking`,
        `${total.lostInWindow} pairs lost, all between TikTok's answer and its write, all called REFRESH_OUTCOME_UNKNOWN`,
        `everything recovered at most ${total.recoverySeconds.toFixed(1)} s after a healthy start`,
      ],
    };
  },
  defects: [
    withoutIntent,
    usedBeforeKept,
    withoutTransaction,
    endOutsideTransaction,
    linkOutsideTransaction,
    withoutHeartbeat,
  ],
};

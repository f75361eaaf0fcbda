import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/client.ts';
import { createStoreLockConnection, type StoreLockConnection } from '../../src/db/store-lock.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { syncQueue } from '../../src/jobs/queues.ts';
import type { JobClaim } from '../../src/services/job-queue.ts';
import { healGivenUp } from '../../src/services/land-pair.ts';
import { resyncStore } from '../../src/services/resync-store.ts';
import { syncStore } from '../../src/services/sync-store.ts';
import type { Experiment, Trial } from './experiment.ts';
import { claimJobs } from './services.ts';
import { type Ground, killLockHolders, layGround, setDue, textArray, videosPerAccount } from './stale-ground.ts';
import { stopRealWorkers } from './stopped-workers.ts';
import { changedRows, readRows } from './store-rows.ts';
import { holdsLastPair, readFacts, tornSentence } from './store-truth.ts';
import { claimNotChecked, errorNotFenced, settledById, withoutTransaction } from './sync-defects.ts';

/** Attempts side by side: each has a connection for the stale worker and one for its successor. */
const attemptsAtOnce = 40;

/** Where the worker stands still: in front of TikTok, or with an answer in its hands that it has not looked at. */
const holds = ['token question', 'user/info answer', 'first page answer', 'last page answer'] as const;
type Hold = (typeof holds)[number];

/** What takes its store away. The lease alone leaves the lock in its hands, as a stopped process does. */
const losses = ['lock connection killed', 'lease over', 'Postgres restarted'] as const;
type Loss = (typeof losses)[number];

/** How far its successor is when the stale worker goes on. */
const successors = ['done', 'reading', 'about to begin', 'not yet there'] as const;
type Successor = (typeof successors)[number];

interface Attempt {
  storeCode: string;
  hold: Hold;
  loss: Loss;
  successor: Successor;
  /** Goes on as if no abort had reached it yet. */
  deaf: boolean;
  stale: Turn;
  next: Turn;
}

/** One worker's run, which can be held at one place. */
interface Turn {
  processId: string;
  lock: ReturnType<typeof createStoreLockConnection>;
  holdAt: Hold | null;
  reached: PromiseWithResolvers<void>;
  released: PromiseWithResolvers<void>;
  pages: number;
  deaf: boolean;
  claim: JobClaim | null;
  run: Promise<string>;
}

const staleId = randomUUID();
const successorId = randomUUID();
const turns = new AsyncLocalStorage<Turn>();

/** Holds the run that asks at its place; a deaf one never hears an abort. */
async function gatedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const turn = turns.getStore();
  if (!turn) return fetch(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const isToken = pathname.endsWith('/oauth/token/');
  const isUser = pathname.endsWith('/user/info/');
  if (pathname.endsWith('/video/list/')) turn.pages += 1;
  const pause = async () => {
    turn.reached.resolve();
    await turn.released.promise;
  };
  if (isToken && turn.holdAt === 'token question') {
    await pause();
    // Past its own deadline a question never leaves; past the loss of the lock it does.
    init?.signal?.throwIfAborted();
  }
  const { signal: _unheard, ...withoutSignal } = init ?? {};
  const asks = turn.deaf || turn.holdAt !== null ? fetch(input, withoutSignal) : fetch(input, init);
  const answer = await asks;
  const place: Hold | null = isUser
    ? 'user/info answer'
    : turn.pages === 1
      ? 'first page answer'
      : turn.pages === 2
        ? 'last page answer'
        : null;
  if (!isToken && place === turn.holdAt) await pause();
  if (!turn.deaf) init?.signal?.throwIfAborted();
  return answer;
}

function newTurn(ground: Ground, processId: string, hold: Hold | null, deaf: boolean): Turn {
  const lock = createStoreLockConnection(ground.databaseUrl);
  const released = Promise.withResolvers<void>();
  return {
    processId,
    lock: hold === null ? lock : hardOfHearing(lock, deaf ? null : released.promise),
    holdAt: hold,
    reached: Promise.withResolvers(),
    released,
    pages: 0,
    deaf,
    claim: null,
    run: Promise.resolve('not begun'),
  };
}

/** A process that stands still hears of its lock's loss when it goes on, or not before it has done all it would do. */
function hardOfHearing(lock: StoreLockConnection, goesOn: Promise<void> | null): StoreLockConnection {
  return {
    ...lock,
    withLockOf: (storeCode, begin, work) =>
      lock.withLockOf(storeCode, begin, ({ lost, ...held }) => {
        const heard = new AbortController();
        const tell = () => heard.abort(lost.reason);
        goesOn?.then(
          () => (lost.aborted ? tell() : lost.addEventListener('abort', tell)),
          () => undefined,
        );
        return work({ ...held, lost: heard.signal });
      }),
  };
}

/** Resolves to how the run ended, also when it threw. Either worker counts as a process of its own. */
function begin(ground: Ground, turn: Turn, claim: JobClaim): void {
  const deps = { ...ground.deps, processId: turn.processId };
  turn.claim = claim;
  turn.run = turns.run(turn, () =>
    syncStore(deps, turn.lock, claim).then(
      (result) => result.status,
      () => 'threw',
    ),
  );
}

/** What pg-boss does when a worker's heartbeats stay away, now instead of ten seconds later. */
async function endLeases(ground: Ground, storeCodes: readonly string[]): Promise<void> {
  await ground.db.execute(sql`
    update pgboss.job set heartbeat_on = now() - interval '1 minute'
    where name = 'sync-store' and state = 'active' and singleton_key = any(${textArray(storeCodes)})`);
  await ground.db.execute(sql`update pgboss.queue set monitor_claim_on = null, monitor_on = null`);
  await ground.boss.supervise(syncQueue);
}

/** A mix that meets every combination in the long run; a restart takes everybody's connections, so it has a batch of its own. */
function draw(trial: Trial, batch: number, ground: Ground, storeCode: string): Attempt {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(trial.random() * from.length)] ?? (from[0] as T);
  const loss: Loss = batch % 5 === 4 ? 'Postgres restarted' : pick(['lock connection killed', 'lease over']);
  // While the lock is still held nobody can be reading: the successor is sent away, or about to try.
  const successor = loss === 'lease over' ? pick(['about to begin', 'not yet there'] as const) : pick(successors);
  // Whoever takes over a refresh in flight waits a few seconds for its answer: not in every batch.
  const hold = pick(batch % 4 === 3 ? holds : holds.slice(1));
  const deaf = trial.random() < 0.5;
  return {
    storeCode,
    hold,
    loss,
    successor,
    deaf,
    stale: newTurn(ground, staleId, hold, deaf),
    next: newTurn(ground, successorId, successor === 'reading' ? 'user/info answer' : null, false),
  };
}

/** Returns how many workers stood still where they should: on a very busy machine a run may time out before. */
async function runBatch(
  trial: Trial,
  ground: Ground,
  batch: number,
  allCodes: readonly string[],
): Promise<{ done: number; failures: string[] }> {
  const { db, deps, tiktok } = ground;
  tiktok.simulator.control.journal.clear();
  const all = allCodes.map((storeCode) => draw(trial, batch, ground, storeCode));
  const attempts: Attempt[] = [];
  const codesOf = (wanted: (attempt: Attempt) => boolean) => attempts.filter(wanted).map(({ storeCode }) => storeCode);
  await forgetHalf(trial, db, allCodes);
  const refreshing = all.filter(({ hold }) => hold === 'token question').map(({ storeCode }) => storeCode);
  await db.execute(
    sql`update tiktok_accounts set access_expires_at = now() where store_code = any(${textArray(refreshing)})`,
  );
  for (const storeCode of allCodes) await resyncStore(deps, storeCode);
  const claims = await claimJobs(ground.boss, allCodes.length);
  await inGroups(all, async (attempt) => {
    const { storeCode, stale } = attempt;
    const claim = claims.get(storeCode);
    if (!claim) throw new Error(`${storeCode} has no job to be stale with`);
    begin(ground, stale, claim);
    const isHeld = await Promise.race([stale.reached.promise.then(() => true), stale.run.then(() => false)]);
    if (isHeld) attempts.push(attempt);
  });
  if (attempts.length === 0) throw new Error('no worker could be held');
  const storeCodes = codesOf(() => true);

  if (attempts.some(({ loss }) => loss === 'Postgres restarted')) {
    await trial.rig.restartPostgres(trial.random() < 0.5 ? 'fast' : 'immediate');
    await untilServing(trial, db);
  }
  const killed = codesOf(({ loss }) => loss === 'lock connection killed');
  if ((await killLockHolders(db, killed)) !== killed.length) throw new Error('a lock to be lost was not held');
  await endLeases(ground, storeCodes);
  await setDue(db, storeCodes, true);
  await setDue(
    db,
    codesOf(({ successor }) => successor === 'not yet there'),
    false,
  );
  for (const storeCode of storeCodes) tiktok.simulator.control.setNumbers(storeCode, { follower_count: batch + 1 });

  const taken = await claimJobs(ground.boss, storeCodes.length);
  const notGiven: string[] = [];
  await inGroups(attempts, async ({ storeCode, successor, next }) => {
    const claim = taken.get(storeCode);
    if (successor === 'not yet there') return;
    if (!claim) return void notGiven.push(storeCode);
    if (successor === 'about to begin') next.claim = claim;
    else begin(ground, next, claim);
    if (successor === 'reading') await Promise.race([next.reached.promise, next.run]);
    if (successor === 'done') await next.run;
  });

  // The stale worker may close its own log row, and nothing else.
  const { rows: logs } = await db.execute<{ id: string }>(sql`
    select l.id from sync_logs l where (l.job_id, l.delivery) in (
      select * from unnest(${sql.param(attempts.map(({ stale }) => stale.claim?.id))}::uuid[],
        ${sql.param(attempts.map(({ stale }) => stale.claim?.retryCount))}::int[]))`);
  const own = logs.map(({ id }) => id);
  const before = await readRows(db, storeCodes, own);
  for (const { stale } of attempts) stale.released.resolve();
  const ends = await Promise.all(attempts.map(({ stale }) => stale.run));
  const changed = changedRows(before, await readRows(db, storeCodes, own));
  const saved = await savedPairs(trial, ground, refreshing);

  const failures = notGiven.map((storeCode) => `${storeCode} was not given to anybody else`);
  const wrong = attempts.flatMap(({ storeCode, hold, loss, successor, deaf }, index) =>
    changed
      .filter((name) => name.endsWith(` of ${storeCode}`))
      .filter((name) => !(name.startsWith('tiktok_accounts') && saved.has(storeCode)))
      .map(
        (name) =>
          `${loss}, held at ${hold}${deaf ? ', deaf' : ''}, successor ${successor}: the stale worker (${ends[index]}) changed ${name}`,
      ),
  );
  failures.push(...wrong, ...(await finish(ground, all)));
  await Promise.all(all.flatMap(({ stale, next }) => [stale.lock.close(), next.lock.close()]));
  return { done: attempts.length, failures };
}

/** A few at a time: each opens a connection. */
async function inGroups<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 8) await Promise.all(items.slice(start, start + 8).map(act));
}

/**
 * Stores that hold the last pair TikTok gave for them. Whoever asked for it last had to keep it, stale or not: it is the
 * only one that TikTok still knows.
 */
async function savedPairs(trial: Trial, ground: Ground, storeCodes: readonly string[]): Promise<Set<string>> {
  const tokens = ground.tiktok.simulator.control.journal.entries().filter(({ endpoint }) => endpoint === 'token');
  const facts = await readFacts(ground.db, storeCodes);
  const saved = facts.filter((one) => {
    const entries = tokens.filter(({ openId }) => openId === one.store_code);
    return entries.some(({ issuedHashes }) => issuedHashes) && holdsLastPair(one, entries, trial.rig.cipher);
  });
  return new Set(saved.map(({ store_code }) => store_code));
}

/** Half of the stores begin a new day, the others read theirs again. */
async function forgetHalf(trial: Trial, db: Database, storeCodes: readonly string[]): Promise<void> {
  const fresh = storeCodes.filter(() => trial.random() < 0.5);
  for (const table of ['user_daily', 'video_daily', 'videos', 'store_days']) {
    await db.execute(sql`delete from ${sql.identifier(table)} where store_code = any(${textArray(fresh)})`);
  }
}

/** Whoever took over ends its run, and the day is whole. */
async function finish(ground: Ground, attempts: readonly Attempt[]): Promise<string[]> {
  const storeCodes = attempts.map(({ storeCode }) => storeCode);
  for (const { next } of attempts) {
    next.released.resolve();
    if (
      next.claim &&
      next.holdAt === null &&
      (await Promise.race([next.run, Promise.resolve('running')])) === 'not begun'
    ) {
      begin(ground, next, next.claim);
    }
  }
  await Promise.all(attempts.map(({ next }) => next.run));
  for (let round = 0; round < 3; round++) {
    await setDue(ground.db, storeCodes, true);
    const claims = await claimJobs(ground.boss, attempts.length);
    await Promise.all(
      attempts.map(async ({ storeCode, next }) => {
        const claim = claims.get(storeCode);
        if (claim) await syncStore(ground.deps, next.lock, claim);
      }),
    );
  }
  // As a scheduler does every ten seconds.
  await healGivenUp(ground.deps);
  return (await readFacts(ground.db, storeCodes)).flatMap((facts) => {
    const day = facts.days[0];
    const torn = tornSentence(facts, videosPerAccount);
    const wrong = [
      ...(torn === null ? [] : [torn]),
      ...(day?.state === 'complete' ? [] : [`did not get its day: ${day?.state}, ${day?.reason}`]),
      ...(facts.status === 'CONNECTED' ? [] : [`is ${facts.status}, ${facts.status_reason}`]),
      ...(facts.live_jobs === 0 ? [] : ['has a job that never ended']),
      ...(facts.running_logs === 0 ? [] : ['has a log left RUNNING']),
    ];
    return wrong.map((what) => `${facts.store_code} ${what}`);
  });
}

async function untilServing(trial: Trial, db: Database): Promise<void> {
  for (;;) {
    const served = await db.execute(sql`select 1`).then(
      () => true,
      () => false,
    );
    if (served) return;
    trial.signal.throwIfAborted();
  }
}

/** A worker that lost its store while it stood still, another that took it over: the stale one writes nothing any more. */
export const staleWorker: Experiment = {
  name: 'stale-worker',
  figure: 'a worker that lost its lock, lease or server while it read changes 0 rows but its own log',
  quick: 500,
  full: 10_000,
  negative: 80,
  async run(trial) {
    const ground = await layGround(trial, attemptsAtOnce, gatedFetch);
    const codes = ground.tiktok.simulator.control.accounts.map(({ openId }) => openId);
    const failures: string[] = [];
    const real = await stopRealWorkers(trial, Math.floor(trial.n / 500));
    failures.push(...real.failures);
    let done = 0;
    for (let batch = 0; done < trial.n - real.attempts; batch++) {
      const some = codes.slice(0, trial.n - real.attempts - done);
      const result = await runBatch(trial, ground, batch, some);
      failures.push(...result.failures);
      done += result.done;
      trial.say(`${done + real.attempts} of ${trial.n} attempts`);
      // With a store that came to harm the next batch could not begin.
      if (result.failures.length > 0) break;
    }
    return {
      n: done + real.attempts,
      failures,
      measured: [
        `${done} attempts in this process (${holds.length} places × ${losses.length} losses × ${successors.length} successors, drawn), ${real.attempts} in ${real.processes} processes under SIGSTOP`,
      ],
    };
  },
  defects: [claimNotChecked, settledById, errorNotFenced, withoutTransaction],
};

import { setTimeout as sleep } from 'node:timers/promises';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { resyncStore } from '../../src/services/resync-store.ts';
import { bundle } from './bundle.ts';
import type { Trial } from './experiment.ts';
import { type Ground, killLockHolders, layGround, setDue, textArray, videosPerAccount } from './stale-ground.ts';
import { changedRows, readRows } from './store-rows.ts';
import { readFacts, tornSentence } from './store-truth.ts';

const stores = 16;
/** TikTok's answer to the first page is this late: time enough to stop the process that waits for it. */
const delayMs = 6_000;
const takeOverMs = 60_000;

/**
 * Real processes under SIGSTOP: one stands still past its lease with all its stores half read, another takes over those
 * whose lock went with their connection, and the first goes on. Returns what it changed.
 */
export async function stopRealWorkers(
  trial: Trial,
  processes: number,
): Promise<{ attempts: number; processes: number; failures: string[] }> {
  const failures: string[] = [];
  for (let round = 0; round < processes; round++) failures.push(...(await stopOne(trial)));
  return { attempts: processes * stores, processes, failures };
}

async function stopOne(trial: Trial): Promise<string[]> {
  const { rig } = trial;
  const ground = await layGround(trial, stores);
  const { db, deps, tiktok } = ground;
  const { control } = tiktok.simulator;
  const codes = control.accounts.map(({ openId }) => openId);
  const program = await bundle(new URL('./worker-process.ts', import.meta.url), rig.directory);
  const start = () =>
    rig.startHarian({
      program,
      databaseUrl: ground.databaseUrl,
      simulatorUrl: tiktok.url,
      roles: 'worker',
      environment: { SYNC_CONCURRENCY: String(stores) },
    });
  const stale = await start();
  for (const openId of codes) control.faults.add({ endpoint: 'video/list', kind: 'delay', delayMs, openId });
  for (const code of codes) await resyncStore(deps, code);
  const hasAsked = () => control.journal.entries().filter(({ endpoint }) => endpoint === 'user/info').length === stores;
  await until(trial, 'all stores were half read', async () => hasAsked());
  stale.signal('SIGSTOP');
  const own = await ownLogs(ground);
  if (own.length !== stores)
    throw new Error(`${own.length} of ${stores} stores were being read when the process was stopped`);
  for (const openId of codes) control.setNumbers(openId, { follower_count: 1 });

  const lost = codes.slice(0, stores / 2);
  if ((await killLockHolders(db, lost)) !== lost.length) throw new Error('a lock to be lost was not held');
  const successor = await start();
  await until(trial, 'the stores without a lock were taken over', async () => {
    const { rows } = await db.execute<{ done: number }>(sql`
      select count(*)::int as done from sync_logs where status = 'SUCCESS' and store_code = any(${textArray(lost)})`);
    return rows[0]?.done === lost.length;
  });
  // What is still its own it may rightly end.
  await until(trial, 'no job was the stale worker’s any more', async () => {
    const { rows } = await db.execute(sql`
      select from pgboss.job where name = 'sync-store' and state = 'active' and retry_count = 0 limit 1`);
    return rows.length === 0;
  });
  successor.signal('SIGTERM');
  await successor.exited;
  // Nothing may be given to the stale worker that it could rightly do.
  await setDue(db, codes, false);

  const before = await readRows(db, codes, own);
  stale.signal('SIGCONT');
  const saysEnds = async () => (await stale.output()).match(/"sync (ended|could not be written down)"/g)?.length;
  await until(trial, 'the stale worker had ended its runs', async () => (await saysEnds()) === stores);
  const changed = changedRows(before, await readRows(db, codes, own));
  const failures = changed.map((name) => `stopped by SIGSTOP: the stale worker changed ${name}`);

  await setDue(db, codes, true);
  await until(trial, 'every day was read', async () => {
    const facts = await readFacts(db, codes);
    return facts.every(({ days, live_jobs }) => days[0]?.state === 'complete' && live_jobs === 0);
  });
  for (const facts of await readFacts(db, codes)) {
    const torn = tornSentence(facts, videosPerAccount);
    if (torn) failures.push(`stopped by SIGSTOP: ${facts.store_code} ${torn}`);
  }
  await stale.kill();
  return failures;
}

async function ownLogs({ db }: Ground): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`select id from sync_logs where status = 'RUNNING'`);
  return rows.map(({ id }) => id);
}

/** Throws when it takes too long. */
async function until(trial: Trial, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + takeOverMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${takeOverMs / 1000} s in vain until ${what}`);
    await sleep(100, undefined, { signal: trial.signal });
  }
}

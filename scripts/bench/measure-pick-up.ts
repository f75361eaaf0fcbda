import { setTimeout as sleep } from 'node:timers/promises';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { usualAccounts } from './accounts.ts';
import { percentile } from './figures.ts';
import type { Rig } from './rig.ts';
import { askForResync, beginDay, untilDone } from './stores.ts';

const samples = 50;

export interface Spread {
  p50: number;
  p95: number;
  max: number;
}

export interface PickUp {
  samples: number;
  /** From sending the request until pg-boss marks the job as started. */
  startedMs: Spread;
  /** From sending the request until the first one reaches TikTok. */
  firstRequestMs: Spread;
}

/** How soon a single resync begins when nothing else is going on. */
export async function measurePickUp(rig: Rig, app: AppProcess): Promise<PickUp> {
  const codes = usualAccounts.slice(0, samples).map((account) => account.openId);
  await beginDay(rig, codes, { expired: false });
  let { next_after: seen } = await rig.simulator.journal(0);
  const started: number[] = [];
  const asked: number[] = [];
  for (const code of codes) {
    // Anywhere between two looks of the worker's poll, which comes every second.
    await sleep(50 + Math.random() * 100, undefined, { signal: rig.signal });
    const sentMs = performance.timeOrigin + performance.now();
    const jobId = await askForResync(rig, app, code);
    await untilDone(rig);
    const result = await rig.db.execute<{ ms: number }>(sql`
      select (extract(epoch from started_on) * 1000)::float8 as ms from pgboss.job where id = ${jobId}::uuid`);
    const journal = await rig.simulator.journal(seen);
    seen = journal.next_after;
    const first = journal.items.find((entry) => entry.openId === code);
    const row = result.rows[0];
    if (!row || !first) throw new Error('a resync did not happen');
    started.push(row.ms - sentMs);
    asked.push(Date.parse(first.at) - sentMs);
  }
  return { samples, startedMs: spreadOf(started), firstRequestMs: spreadOf(asked) };
}

const spreadOf = (values: readonly number[]): Spread => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  max: Math.max(...values),
});

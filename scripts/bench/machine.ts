import os from 'node:os';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { median } from './figures.ts';
import type { Rig } from './rig.ts';

const commits = 200;

export interface Machine {
  cpu: string;
  cpus: number;
  memoryGb: number;
  /** Mean number of processes that wanted a CPU in the minute before. */
  loadBefore: number;
  node: string;
  postgres: string;
  /** PostgreSQL's settings that decide what a commit costs. */
  durability: string;
  /** The median of one-row transactions, one after another. */
  commitMs: number;
}

/** What the figures were measured on. */
export async function describeMachine(rig: Rig): Promise<Machine> {
  const loadBefore = os.loadavg()[0] ?? 0;
  const result = await rig.db.execute<{ postgres: string; durability: string }>(sql`
    select current_setting('server_version') as postgres, string_agg(name || '=' || setting, ' ' order by name) as durability
    from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')`);
  const { postgres = '', durability = '' } = result.rows[0] ?? {};
  const times: number[] = [];
  for (let index = 0; index < commits; index += 1) {
    const startedMs = performance.now();
    await rig.db.execute(sql`
      insert into request_budgets values ('bench', now()) on conflict (endpoint) do update set next_at = now()`);
    times.push(performance.now() - startedMs);
  }
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cpus: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    loadBefore,
    node: process.version,
    postgres,
    durability,
    commitMs: median(times),
  };
}

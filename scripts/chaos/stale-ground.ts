import { lockKey } from '../../src/crypto/hash.ts';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { Boss } from '../../src/jobs/boss.ts';
import type { SyncDependencies } from '../../src/services/sync-store.ts';
import type { Fetch } from '../../src/tiktok/http-call.ts';
import type { Trial } from './experiment.ts';
import type { ServedSimulator } from './rig.ts';
import { openServices } from './services.ts';

/** Two pages. */
export const videosPerAccount = 25;

export const textArray = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`;

export interface Ground {
  databaseUrl: string;
  db: Database;
  tiktok: ServedSimulator;
  deps: SyncDependencies;
  boss: Boss['boss'];
}

/** A database and a simulator with so many connected stores, and the services over both. */
export async function layGround(trial: Trial, stores: number, fetch?: Fetch): Promise<Ground> {
  const { rig } = trial;
  const databaseUrl = await rig.createDatabase();
  const tiktok = await rig.serveSimulator({
    accounts: Array.from({ length: stores }, (_, index) => {
      const name = `st-${String(index).padStart(3, '0')}`;
      return { openId: name, username: name, displayName: name, videoCount: videosPerAccount };
    }),
  });
  const db = rig.openDatabase(databaseUrl);
  await rig.insertStores(db, tiktok.simulator);
  const { deps, boss } = await openServices(rig, {
    databaseUrl,
    simulatorUrl: tiktok.url,
    ...(fetch ? { fetch } : {}),
  });
  return { databaseUrl, db, tiktok, deps, boss };
}

/** Waiting jobs of these stores can be taken now, or not in this run. */
export async function setDue(db: Database, storeCodes: readonly string[], due: boolean): Promise<void> {
  await db.execute(sql`
    update pgboss.job set start_after = now() + ${due ? '0' : '1 hour'}::interval
    where name = 'sync-store' and state < 'active' and singleton_key = any(${textArray(storeCodes)})`);
}

/** Ends the sessions that hold these stores' locks. Returns how many there were. */
export async function killLockHolders(db: Database, storeCodes: readonly string[]): Promise<number> {
  const keys = storeCodes.map((code) => String(lockKey(code)));
  const { rows } = await db.execute(sql`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and granted and ((classid::bigint << 32) | objid::bigint) = any(${sql.param(keys)}::bigint[])`);
  return rows.length;
}

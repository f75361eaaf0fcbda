import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type AuditRow, insertAuditRow, listAuditRows } from '../db/audit-log.ts';
import { type Database, inTransaction } from '../db/client.ts';
import type { AuditAction } from '../domain/audit-action.ts';
import { errorCodeOf, type Logger } from '../logger.ts';

/** Who it was, as far as that could be recognised: an admin's key, or one of those who have none. */
export type Actor = { keyId: string; name: string } | 'owner' | 'tiktok' | 'cli' | 'environment' | 'unknown';

export interface AuditEntry {
  actor: Actor;
  action: AuditAction;
  storeCode?: string | null;
  /** What else it was done to: a job's id, a key's name. Never anything secret. */
  target?: string | null;
  /** The network address it came from. */
  client?: string | null;
  /** `OK`, or the code it was refused with. */
  outcome: string;
}

interface AuditDependencies {
  db: Database;
  clock: Clock;
}

/** Inside the transaction of what it tells of, or by itself. */
export async function recordAudit(deps: AuditDependencies, entry: AuditEntry): Promise<void> {
  const { actor, action, storeCode = null, target = null, client = null, outcome } = entry;
  const who =
    typeof actor === 'string'
      ? { actorKeyId: null, actorName: actor }
      : { actorKeyId: actor.keyId, actorName: actor.name };
  await insertAuditRow(deps.db, {
    id: randomUUID(),
    at: deps.clock.now(),
    ...who,
    action,
    storeCode,
    target,
    outcome,
    client,
  });
}

/** For what has happened already and shall not fail because of its record: a row that cannot be written is logged. */
export async function recordAuditAfterwards(
  deps: AuditDependencies & { logger: Logger },
  entry: AuditEntry,
): Promise<void> {
  await recordAudit(deps, entry).catch((error: unknown) => {
    const fields = { action: entry.action, status: entry.outcome, store_code: entry.storeCode ?? undefined };
    deps.logger.error('audit row lost', { ...fields, error_code: errorCodeOf(error) });
  });
}

/**
 * Runs a change on a transaction in place of `db`: it and its audit row are committed together, or neither is. `entry`
 * is asked after the change, which may know best what it was done to.
 */
export function changeWithAudit<Deps extends AuditDependencies, T>(
  deps: Deps,
  entry: () => Omit<AuditEntry, 'outcome'>,
  work: (deps: Deps) => Promise<T>,
): Promise<T> {
  return inTransaction(deps.db, async (tx) => {
    const inside = { ...deps, db: tx };
    const result = await work(inside);
    await recordAudit(inside, { ...entry(), outcome: 'OK' });
    return result;
  });
}

export type { AuditRow };

/** Newest first. A store that is gone is found too. */
export const getAudit = (db: Database, options: Parameters<typeof listAuditRows>[1]): Promise<AuditRow[]> =>
  listAuditRows(db, options);

import { listStoresByCode } from '../db/stores.ts';
import type { AuditAction } from '../domain/audit-action.ts';
import { AppError } from '../errors.ts';
import { errorCodeOf } from '../logger.ts';
import { type AuditEntry, changeWithAudit, recordAudit, recordAuditAfterwards } from './audit.ts';
import { createConnectLink } from './create-connect-link.ts';
import { type DisconnectDependencies, disconnectStore } from './disconnect-store.ts';
import { type EnqueueDependencies, resyncStore } from './resync-store.ts';
import { changeStore } from './update-store.ts';

export const storeActions = ['resync', 'pause', 'resume', 'connect-link', 'disconnect'] as const;
export type StoreAction = (typeof storeActions)[number];

/** As what the audit log knows it: the same as when it is done to one store. */
const auditActionOf: Readonly<Record<StoreAction, AuditAction>> = {
  resync: 'store.resync',
  pause: 'store.update',
  resume: 'store.update',
  'connect-link': 'store.connect_link',
  disconnect: 'store.disconnect',
};

export interface StoreOutcome {
  storeCode: string;
  /** Null when there is no such store. */
  name: string | null;
  /** `OK`, or the code it was refused with. */
  outcome: string;
  link: { url: string; expiresAt: Date } | null;
}

interface ChangeDependencies extends EnqueueDependencies, DisconnectDependencies {
  publicUrl: string;
  isUnavailable: (error: unknown) => boolean;
}

/** Enough to be quick, few enough to leave the pool to others. */
const atOnce = 4;

/**
 * The same change to many stores, each in its own transaction with its own audit row and by the rules of one: what one is
 * refused keeps no other from it. Once the database is away the rest is not tried. Outcomes come in the order of the codes.
 */
export async function changeStores(
  deps: ChangeDependencies,
  change: { action: StoreAction; storeCodes: readonly string[] } & Pick<AuditEntry, 'actor' | 'client'>,
): Promise<StoreOutcome[]> {
  const storeCodes = [...new Set(change.storeCodes)];
  const found = await listStoresByCode(deps.db, storeCodes);
  const names = new Map(found.map(({ store }) => [store.storeCode, store.name]));
  const outcomes = new Map<string, Pick<StoreOutcome, 'outcome' | 'link'>>();
  let isAway = false;
  const changeOne = async (storeCode: string): Promise<Pick<StoreOutcome, 'outcome' | 'link'>> => {
    const entry = { ...change, action: auditActionOf[change.action], storeCode };
    try {
      return { outcome: 'OK', link: await perform(deps, change.action, entry) };
    } catch (error) {
      isAway ||= deps.isUnavailable(error);
      if (isAway) return { outcome: 'UNAVAILABLE', link: null };
      const outcome = error instanceof AppError ? error.code : 'INTERNAL';
      if (outcome === 'INTERNAL') deps.logger.error('change failed', { error_code: errorCodeOf(error) });
      await recordAuditAfterwards(deps, { ...entry, outcome });
      return { outcome, link: null };
    }
  };
  const left = storeCodes.values();
  const work = async () => {
    for (const code of left)
      outcomes.set(code, isAway ? { outcome: 'UNAVAILABLE', link: null } : await changeOne(code));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return storeCodes.map((storeCode) => {
    const { outcome = 'INTERNAL', link = null } = outcomes.get(storeCode) ?? {};
    return { storeCode, name: names.get(storeCode) ?? null, outcome, link };
  });
}

async function perform(
  deps: ChangeDependencies,
  action: StoreAction,
  entry: Omit<AuditEntry, 'outcome'> & { storeCode: string },
): Promise<StoreOutcome['link']> {
  const { storeCode } = entry;
  const audited = <T>(work: (own: ChangeDependencies) => Promise<T>) => changeWithAudit(deps, () => entry, work);
  switch (action) {
    case 'connect-link':
      return audited((own) => createConnectLink(own, storeCode));
    case 'resync':
      await audited((own) => resyncStore(own, storeCode));
      return null;
    case 'pause':
    case 'resume':
      await audited((own) => changeStore(own, storeCode, { paused: action === 'pause' }));
      return null;
    case 'disconnect':
      await disconnectStore(deps, storeCode, (tx) => recordAudit({ ...deps, db: tx }, { ...entry, outcome: 'OK' }));
      return null;
  }
}

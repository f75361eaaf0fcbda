import type { TokenCipher } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { insertStoreHistories, type StoreHistory } from '../db/store-history.ts';
import { listStores } from '../db/stores.ts';
import { scopeReason } from '../domain/snapshot-quality.ts';
import { encryptPair } from '../services/token-pair.ts';
import type { SimulatorControl } from '../simulator/control.ts';
import { scopes as allScopes } from '../simulator/scopes.ts';
import { type DemoStore, demoStores } from './demo-stores.ts';
import { type HistoryOptions, makeHistory } from './history.ts';

const dayMs = 86_400_000;

export interface SeedOptions extends HistoryOptions {
  db: Database;
  cipher: TokenCipher;
  /** Grants the connected stores their tokens; it must know demoAccounts. */
  control: Pick<SimulatorControl, 'grant'>;
}

/**
 * Fills a database that has no store with the demo's stores and their history, in one transaction. Returns false, and
 * changes nothing, when there is a store.
 */
export async function seedDemo(options: SeedOptions): Promise<boolean> {
  return inTransaction(options.db, async (tx) => {
    if ((await listStores(tx, { status: null, afterCode: null, limit: 1 })).length > 0) return false;
    for (const store of demoStores) await insertStoreHistories(tx, [makeStore(store, options)]);
    return true;
  });
}

function makeStore(demo: DemoStore, options: SeedOptions): StoreHistory {
  const { connectedAt, ...days } = makeHistory(demo, options);
  const { storeCode, name, timezone, state } = demo;
  const last = days.days.findLast((day) => day.capturedAt !== null);
  const account = connectedAt === null ? null : makeAccount(demo, connectedAt, options);
  return {
    ...days,
    account,
    store: {
      storeCode,
      name,
      timezone,
      status: state.status,
      statusReason: statusReason(state),
      paused: state.status === 'CONNECTED' && state.pausedDaysAgo !== undefined,
      connectedAt,
      lastSyncedAt: last?.capturedAt ?? null,
      lastSnapshotDate: last?.snapshotDate ?? null,
      createdAt: new Date((connectedAt ?? options.now).getTime() - dayMs),
    },
  };
}

function statusReason(state: DemoStore['state']): string | null {
  switch (state.status) {
    case 'CONNECTED':
      return scopeReason(state.missingScope ? [state.missingScope] : []);
    case 'NEED_RECONNECT':
      return state.reason;
    case 'DISCONNECTED':
      return 'DISCONNECTED_BY_ADMIN';
    case 'PENDING':
      return null;
  }
}

/** Only a connected store has tokens; the others' were wiped when they ended. */
function makeAccount({ storeCode, account, state }: DemoStore, connectedAt: Date, options: SeedOptions) {
  const missing = state.status === 'CONNECTED' ? state.missingScope : undefined;
  const scopes = allScopes.filter((scope) => scope !== missing);
  const pair =
    state.status === 'CONNECTED'
      ? encryptPair(options.cipher, storeCode, options.control.grant(account.openId, scopes), options.now)
      : {};
  return {
    ...pair,
    storeCode,
    openId: account.openId,
    username: account.username,
    displayName: account.displayName,
    scopes,
    connectedAt,
  };
}

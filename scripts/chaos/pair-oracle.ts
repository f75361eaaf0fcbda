import { sha256 } from '../../src/crypto/hash.ts';
import type { TokenCipher } from '../../src/crypto/token-cipher.ts';
import { type Database, inTransaction } from '../../src/db/client.ts';
import { updateStore } from '../../src/db/stores.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { upsertConnectedAccount } from '../../src/db/tiktok-accounts.ts';
import { decryptRefreshToken, encryptPair } from '../../src/services/token-pair.ts';
import type { Simulator } from '../../src/simulator/app.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { HarianProcess } from './rig.ts';

export interface StoredPair {
  storeCode: string;
  status: string;
  reason: string | null;
  /** Of the stored refresh token, hex. */
  hash: string;
}

/** Which refresh token TikTok takes, from the simulator's journal, beside the one that is stored. Stores are named as their accounts. */
export interface PairOracle {
  /** By store code. Throws when a stored token does not decrypt. */
  storedPairs(): Promise<StoredPair[]>;
  /** Whether this store's next refresh would be refused, as far as TikTok is concerned. */
  isSpent(pair: StoredPair): boolean;
  /** The request that spent this token and was given another one. */
  spentBy(hash: string): JournalEntry | undefined;
  /** Whether an access token was shown to TikTok. */
  wasUsed(accessHash: string): boolean;
  /** The owner comes back: a new grant. */
  reconnect(storeCode: string): Promise<void>;
}

export function createPairOracle(options: { db: Database; simulator: Simulator; cipher: TokenCipher }): PairOracle {
  const { db, cipher } = options;
  const { control } = options.simulator;
  const spentBy = new Map<string, JournalEntry>();
  const used = new Set<string>();
  let seen = 0;

  const catchUp = () => {
    for (const entry of control.journal.entries(seen)) {
      seen = entry.seq;
      if (entry.issuedHashes && entry.tokenHash) spentBy.set(entry.tokenHash, entry);
      if (entry.endpoint !== 'token' && entry.tokenHash) used.add(entry.tokenHash);
    }
  };

  return {
    async storedPairs() {
      const { rows } = await db.execute<{ store_code: string; status: string; reason: string; token: Buffer }>(sql`
        select store_code, status, status_reason as reason, refresh_token_encrypted as token
        from stores join tiktok_accounts using (store_code) order by store_code`);
      return rows.map(({ store_code: storeCode, status, reason, token }) => {
        const hash = sha256(decryptRefreshToken(cipher, storeCode, token)).toString('hex');
        return { storeCode, status, reason, hash };
      });
    },
    isSpent(pair) {
      catchUp();
      return spentBy.has(pair.hash);
    },
    spentBy(hash) {
      catchUp();
      return spentBy.get(hash);
    },
    wasUsed(accessHash) {
      catchUp();
      return used.has(accessHash);
    },
    async reconnect(storeCode) {
      const grant = control.grant(storeCode);
      const connectedAt = new Date();
      const pair = encryptPair(cipher, storeCode, grant, connectedAt);
      await inTransaction(db, async (tx) => {
        await upsertConnectedAccount(tx, { ...pair, storeCode, openId: storeCode, scopes: grant.scopes, connectedAt });
        await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason: null });
      });
    },
  };
}

/** As far as the program knows, these stores' access tokens are over. */
export async function expireAccessTokens(db: Database, storeCodes: readonly string[]): Promise<void> {
  await db.execute(sql`
    update tiktok_accounts set access_expires_at = now() where store_code = any(${sql.param([...storeCodes])}::text[])`);
}

/** Stores with a job that waits or runs. */
export async function listBusyStores(db: Database): Promise<Set<string>> {
  const { rows } = await db.execute<{ code: string }>(sql`
    select singleton_key as code from pgboss.job where name = 'sync-store' and state < 'completed'`);
  return new Set(rows.map(({ code }) => code));
}

const requestsAtOnce = 8;

/** Every connected store without such a job gets one; a few at a time, so that the API keeps up. */
export async function resyncIdleStores(api: HarianProcess, db: Database): Promise<void> {
  const busy = await listBusyStores(db);
  const { rows } = await db.execute<{ code: string }>(sql`
    select store_code as code from stores where status = 'CONNECTED' order by store_code`);
  const idle = rows.filter(({ code }) => !busy.has(code)).values();
  const ask = async () => {
    for (const { code } of idle) await api.api('POST', `/api/stores/${code}/resync`);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, ask));
}

/** The smallest durable write there is. */
export async function commitOnce(db: Database): Promise<void> {
  await db.execute(sql`
    insert into request_budgets values ('chaos', now()) on conflict (endpoint) do update set next_at = now()`);
}

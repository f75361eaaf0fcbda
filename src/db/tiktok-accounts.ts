import { and, asc, eq, gt, isNotNull, ne, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Database } from './client.ts';
import { preparedOn } from './prepared.ts';
import { stores, tiktokAccounts } from './schema.ts';

export type TikTokAccount = typeof tiktokAccounts.$inferSelect;

export interface EncryptedPair {
  accessTokenEncrypted: Buffer;
  refreshTokenEncrypted: Buffer;
  accessExpiresAt: Date;
  refreshExpiresAt: Date;
  scopes: string[];
}

/** A pair that TikTok gave for the one of `version`, whose refresh token had this hash. */
export interface RefreshedPair extends EncryptedPair {
  storeCode: string;
  version: number;
  spentTokenHash: Buffer;
}

export async function findAccount(db: Database, storeCode: string): Promise<TikTokAccount | undefined> {
  const rows = await db.select().from(tiktokAccounts).where(eq(tiktokAccounts.storeCode, storeCode));
  return rows[0];
}

/** Locks the row until the transaction ends. */
export async function findAccountForUpdate(tx: Database, storeCode: string): Promise<TikTokAccount | undefined> {
  const rows = await tx.select().from(tiktokAccounts).where(eq(tiktokAccounts.storeCode, storeCode)).for('update');
  return rows[0];
}

/** Every store this TikTok account is or was connected to: a store that let go of it still knows it. By code. */
export function listAccountsByOpenId(db: Database, openId: string): Promise<TikTokAccount[]> {
  return db
    .select()
    .from(tiktokAccounts)
    .where(eq(tiktokAccounts.openId, openId))
    .orderBy(asc(tiktokAccounts.storeCode));
}

/** The store this TikTok account belongs to, if any; a disconnected store has let go of it. */
export async function findStoreCodeByOpenId(db: Database, openId: string): Promise<string | undefined> {
  const rows = await db
    .select({ storeCode: tiktokAccounts.storeCode })
    .from(tiktokAccounts)
    .innerJoin(stores, eq(stores.storeCode, tiktokAccounts.storeCode))
    .where(and(eq(tiktokAccounts.openId, openId), ne(stores.status, 'DISCONNECTED')));
  return rows[0]?.storeCode;
}

const noRefresh = {
  refreshState: 'IDLE',
  refreshAttemptId: null,
  refreshStartedAt: null,
  refreshProcessId: null,
  spentTokenHash: null,
} as const;

/** First connection or reconnection: a fresh pair replaces whatever was there. Throws 23505 when open_id is taken. */
export async function upsertConnectedAccount(
  tx: Database,
  account: EncryptedPair & { storeCode: string; openId: string; connectedAt: Date },
): Promise<void> {
  const { storeCode, openId, ...changes } = account;
  await tx
    .insert(tiktokAccounts)
    .values(account)
    .onConflictDoUpdate({
      target: tiktokAccounts.storeCode,
      set: {
        ...changes,
        version: sql`${tiktokAccounts.version} + 1`,
        ...noRefresh,
        updatedAt: sql`now()`,
      },
    });
}

const atVersion = (storeCode: string, version: number) =>
  and(eq(tiktokAccounts.storeCode, storeCode), eq(tiktokAccounts.version, version));

interface RefreshIntent {
  storeCode: string;
  version: number;
  attemptId: string;
  processId: string;
  spentTokenHash: Buffer;
  startedAt: Date;
}

const given = (name: keyof (RefreshIntent & RefreshedPair)) => sql`${sql.placeholder(name)}`;
const isGivenVersion = and(
  eq(tiktokAccounts.storeCode, given('storeCode')),
  eq(tiktokAccounts.version, given('version')),
);

const beginStatement = preparedOn((db) =>
  db
    .update(tiktokAccounts)
    .set({
      refreshState: 'IN_FLIGHT',
      refreshAttemptId: given('attemptId'),
      refreshStartedAt: given('startedAt'),
      refreshProcessId: given('processId'),
      spentTokenHash: given('spentTokenHash'),
      updatedAt: sql`now()`,
    })
    .where(isGivenVersion)
    .returning({ version: tiktokAccounts.version })
    .prepare(''),
);

/** Commits the intent before the call. False when the pair changed meanwhile. */
export async function beginRefresh(db: Database, intent: RefreshIntent): Promise<boolean> {
  return (await beginStatement(db).execute({ ...intent })).length === 1;
}

const storeStatement = (isSpent: SQL) =>
  preparedOn((db) =>
    db
      .update(tiktokAccounts)
      .set({
        accessTokenEncrypted: given('accessTokenEncrypted'),
        refreshTokenEncrypted: given('refreshTokenEncrypted'),
        accessExpiresAt: given('accessExpiresAt'),
        refreshExpiresAt: given('refreshExpiresAt'),
        scopes: given('scopes'),
        version: sql`${tiktokAccounts.version} + 1`,
        ...noRefresh,
        updatedAt: sql`now()`,
      })
      .where(and(isGivenVersion, isSpent))
      .returning({ version: tiktokAccounts.version })
      .prepare(''),
  );
const storeByIntent = storeStatement(eq(tiktokAccounts.spentTokenHash, given('spentTokenHash')));
const storeByToken = storeStatement(eq(tiktokAccounts.refreshTokenEncrypted, sql.placeholder('spentEncrypted')));

/**
 * Compare-and-set of the new pair, one statement. False when the stored pair is not the one that was spent for it: then
 * nothing is overwritten. The intent's hash tells which one that was, or, where the intent is lost, `spentEncrypted`: the
 * stored refresh token as the caller has read it. A version alone does not: a store connected anew counts from 1 again.
 */
export async function storeRefreshedPair(
  db: Database,
  pair: RefreshedPair,
  spentEncrypted: Buffer | null = null,
): Promise<boolean> {
  const statement = spentEncrypted === null ? storeByIntent : storeByToken;
  return (await statement(db).execute({ ...pair, spentEncrypted })).length === 1;
}

/**
 * Stores given up for want of a pair that has been stored since, by a process that stood still with it in its hand: what
 * brought no pair is OUTCOME_UNKNOWN until one comes. `storeCode`: of this one alone.
 */
export function listGivenUpTooEarly(
  db: Database,
  options: { storeCode?: string; limit: number },
): Promise<{ storeCode: string; scopes: string[] }[]> {
  return db
    .select({ storeCode: stores.storeCode, scopes: tiktokAccounts.scopes })
    .from(stores)
    .innerJoin(tiktokAccounts, eq(tiktokAccounts.storeCode, stores.storeCode))
    .where(
      and(
        options.storeCode === undefined ? undefined : eq(stores.storeCode, options.storeCode),
        eq(stores.status, 'NEED_RECONNECT'),
        eq(stores.statusReason, 'REFRESH_OUTCOME_UNKNOWN'),
        eq(tiktokAccounts.refreshState, 'IDLE'),
        isNotNull(tiktokAccounts.refreshTokenEncrypted),
      ),
    )
    .limit(options.limit);
}

/** Records what is known of a refresh that brought no pair. Leaves the tokens alone. */
export async function endRefresh(
  db: Database,
  expected: { storeCode: string; version: number },
  refreshState: 'IDLE' | 'OUTCOME_UNKNOWN',
): Promise<void> {
  await db
    .update(tiktokAccounts)
    .set({ refreshState, updatedAt: sql`now()` })
    .where(atVersion(expected.storeCode, expected.version));
}

/** Forgets the pair for good; the account's name and open_id stay, so that a reconnect finds the same one. */
export async function wipeTokens(tx: Database, storeCode: string): Promise<void> {
  await tx
    .update(tiktokAccounts)
    .set({
      accessTokenEncrypted: null,
      refreshTokenEncrypted: null,
      accessExpiresAt: null,
      refreshExpiresAt: null,
      version: sql`${tiktokAccounts.version} + 1`,
      ...noRefresh,
      updatedAt: sql`now()`,
    })
    .where(eq(tiktokAccounts.storeCode, storeCode));
}

export interface Profile {
  unionId: string | null;
  username: string | null;
  displayName: string | null;
  avatarUrl: string | null;
}

/** A field TikTok did not give keeps its last known value. */
const profileColumns = (profile: Profile) => ({
  unionId: sql`coalesce(${profile.unionId}, ${tiktokAccounts.unionId})`,
  username: sql`coalesce(${profile.username}, ${tiktokAccounts.username})`,
  displayName: sql`coalesce(${profile.displayName}, ${tiktokAccounts.displayName})`,
  avatarUrl: sql`coalesce(${profile.avatarUrl}, ${tiktokAccounts.avatarUrl})`,
  updatedAt: sql`now()`,
});

export async function updateProfile(db: Database, storeCode: string, profile: Profile): Promise<void> {
  await db.update(tiktokAccounts).set(profileColumns(profile)).where(eq(tiktokAccounts.storeCode, storeCode));
}

/** Forgets who the person was, but for open_id, which ties the store to its account. */
export async function clearProfile(tx: Database, storeCode: string): Promise<void> {
  await tx
    .update(tiktokAccounts)
    .set({ unionId: null, username: null, displayName: null, avatarUrl: null, updatedAt: sql`now()` })
    .where(eq(tiktokAccounts.storeCode, storeCode));
}

/** A store's two ciphertexts as they stand in its row. */
export interface StoredCiphertexts {
  storeCode: string;
  accessTokenEncrypted: Buffer;
  refreshTokenEncrypted: Buffer;
}

const notUnder = (prefix: Buffer) => {
  const begins = (column: AnyPgColumn) => sql`substring(${column} from 1 for ${prefix.length}) = ${prefix}`;
  return and(
    isNotNull(tiktokAccounts.refreshTokenEncrypted),
    sql`not (${begins(tiktokAccounts.accessTokenEncrypted)} and ${begins(tiktokAccounts.refreshTokenEncrypted)})`,
  );
};

/** Pairs of which some ciphertext does not begin with `prefix`, by store code, after `afterCode`; null: all pairs. */
export async function listPairsNotUnder(
  db: Database,
  options: { prefix: Buffer | null; afterCode: string; limit: number },
): Promise<StoredCiphertexts[]> {
  const rows = await db
    .select({
      storeCode: tiktokAccounts.storeCode,
      accessTokenEncrypted: tiktokAccounts.accessTokenEncrypted,
      refreshTokenEncrypted: tiktokAccounts.refreshTokenEncrypted,
    })
    .from(tiktokAccounts)
    .where(
      and(
        options.prefix ? notUnder(options.prefix) : isNotNull(tiktokAccounts.refreshTokenEncrypted),
        gt(tiktokAccounts.storeCode, options.afterCode),
      ),
    )
    .orderBy(asc(tiktokAccounts.storeCode))
    .limit(options.limit);
  return rows.flatMap(({ storeCode, accessTokenEncrypted, refreshTokenEncrypted }) =>
    accessTokenEncrypted && refreshTokenEncrypted ? [{ storeCode, accessTokenEncrypted, refreshTokenEncrypted }] : [],
  );
}

export function countPairsNotUnder(db: Database, prefix: Buffer): Promise<number> {
  return db.$count(tiktokAccounts, notUnder(prefix));
}

/** How many accounts have their tokens under which key id, by what the ciphertexts say of themselves. */
export async function countAccountsByKeyId(db: Database): Promise<{ keyId: string; accounts: number }[]> {
  const result = await db.execute<{ keyId: string; accounts: number }>(sql`
    select split_part(encode(substring(ciphertext from 1 for 40), 'escape'), '.', 2) as "keyId", sum(accounts)::int as accounts
    from (
      select refresh_token_encrypted, 1 from tiktok_accounts where refresh_token_encrypted is not null
      union all
      select secret_encrypted, 0 from webhooks
    ) as kept(ciphertext, accounts)
    group by 1 order by 1`);
  return result.rows;
}

/**
 * Replaces ciphertexts by others of the same tokens, where the old ones still stand: a pair that a refresh or a reconnect
 * brought meanwhile is left alone. `version` stays, so that a refresh in flight finds its row. Returns how many.
 */
export async function replaceCiphertexts(
  db: Database,
  changes: readonly { old: StoredCiphertexts; new: Omit<StoredCiphertexts, 'storeCode'> }[],
): Promise<number> {
  // Locked in one order, so that two of these at once wait for each other instead of for ever.
  const result = await db.execute(sql`
    with change as (
      select * from unnest(
        ${sql.param(changes.map((c) => c.old.storeCode))}::text[],
        ${sql.param(changes.map((c) => c.old.accessTokenEncrypted))}::bytea[],
        ${sql.param(changes.map((c) => c.old.refreshTokenEncrypted))}::bytea[],
        ${sql.param(changes.map((c) => c.new.accessTokenEncrypted))}::bytea[],
        ${sql.param(changes.map((c) => c.new.refreshTokenEncrypted))}::bytea[])
        as c(store_code, old_access, old_refresh, new_access, new_refresh)
    ), locked as materialized (
      select a.store_code from tiktok_accounts a join change using (store_code) order by a.store_code for update of a
    )
    update tiktok_accounts a
    set access_token_encrypted = c.new_access, refresh_token_encrypted = c.new_refresh, updated_at = now()
    from change c join locked using (store_code)
    where a.store_code = c.store_code
      and a.access_token_encrypted = c.old_access and a.refresh_token_encrypted = c.old_refresh`);
  return result.rowCount ?? 0;
}

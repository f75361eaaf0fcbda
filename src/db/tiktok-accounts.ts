import { and, eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { tiktokAccounts } from './schema.ts';

export type TikTokAccount = typeof tiktokAccounts.$inferSelect;

export interface EncryptedPair {
  accessTokenEncrypted: Buffer;
  refreshTokenEncrypted: Buffer;
  accessExpiresAt: Date;
  refreshExpiresAt: Date;
  scopes: string[];
}

export async function findAccount(db: Database, storeCode: string): Promise<TikTokAccount | undefined> {
  const rows = await db.select().from(tiktokAccounts).where(eq(tiktokAccounts.storeCode, storeCode));
  return rows[0];
}

/** The store this TikTok account is connected to, if any. */
export async function findStoreCodeByOpenId(db: Database, openId: string): Promise<string | undefined> {
  const rows = await db
    .select({ storeCode: tiktokAccounts.storeCode })
    .from(tiktokAccounts)
    .where(eq(tiktokAccounts.openId, openId));
  return rows[0]?.storeCode;
}

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
        refreshState: 'IDLE',
        refreshAttemptId: null,
        refreshStartedAt: null,
        spentTokenHash: null,
        updatedAt: sql`now()`,
      },
    });
}

const atVersion = (storeCode: string, version: number) =>
  and(eq(tiktokAccounts.storeCode, storeCode), eq(tiktokAccounts.version, version));

/** Commits the intent before the call. False when the pair changed meanwhile. */
export async function beginRefresh(
  db: Database,
  intent: { storeCode: string; version: number; attemptId: string; spentTokenHash: Buffer; startedAt: Date },
): Promise<boolean> {
  const rows = await db
    .update(tiktokAccounts)
    .set({
      refreshState: 'IN_FLIGHT',
      refreshAttemptId: intent.attemptId,
      refreshStartedAt: intent.startedAt,
      spentTokenHash: intent.spentTokenHash,
      updatedAt: sql`now()`,
    })
    .where(atVersion(intent.storeCode, intent.version))
    .returning({ version: tiktokAccounts.version });
  return rows.length === 1;
}

/** Compare-and-set of the new pair, one statement. False when the pair changed meanwhile: then nothing is overwritten. */
export async function storeRefreshedPair(
  db: Database,
  expected: { storeCode: string; version: number },
  pair: EncryptedPair,
): Promise<boolean> {
  const rows = await db
    .update(tiktokAccounts)
    .set({
      ...pair,
      version: sql`${tiktokAccounts.version} + 1`,
      refreshState: 'IDLE',
      refreshAttemptId: null,
      refreshStartedAt: null,
      spentTokenHash: null,
      updatedAt: sql`now()`,
    })
    .where(atVersion(expected.storeCode, expected.version))
    .returning({ version: tiktokAccounts.version });
  return rows.length === 1;
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
      refreshState: 'IDLE',
      refreshAttemptId: null,
      refreshStartedAt: null,
      spentTokenHash: null,
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
export const profileColumns = (profile: Profile) => ({
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

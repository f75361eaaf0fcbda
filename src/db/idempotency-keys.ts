import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { idempotencyKeys, stores } from './schema.ts';

export type IdempotencyKey = typeof idempotencyKeys.$inferSelect;
/** One claim among those that a key may see. */
export type KeyClaim = Pick<IdempotencyKey, 'adminKeyId' | 'keyHash' | 'claimedAt'>;

const theKey = (key: Pick<KeyClaim, 'adminKeyId' | 'keyHash'>) =>
  and(eq(idempotencyKeys.adminKeyId, key.adminKeyId), eq(idempotencyKeys.keyHash, key.keyHash));
const theClaim = (claim: KeyClaim) =>
  and(theKey(claim), eq(idempotencyKeys.claimedAt, claim.claimedAt), isNull(idempotencyKeys.status));

/**
 * Of several at once one gets true. A key last claimed before `forgottenAt` is free again, and so is one whose request
 * was begun before `abandonedAt` and never answered, for the same request.
 */
export async function claimKey(
  db: Database,
  claim: KeyClaim & Pick<IdempotencyKey, 'requestHash'>,
  bounds: { forgottenAt: Date; abandonedAt: Date },
): Promise<boolean> {
  const isForgotten = lte(idempotencyKeys.claimedAt, bounds.forgottenAt);
  const isAbandoned = and(
    isNull(idempotencyKeys.status),
    lte(idempotencyKeys.claimedAt, bounds.abandonedAt),
    eq(idempotencyKeys.requestHash, claim.requestHash),
  );
  const rows = await db
    .insert(idempotencyKeys)
    .values(claim)
    .onConflictDoUpdate({
      target: [idempotencyKeys.adminKeyId, idempotencyKeys.keyHash],
      set: { ...claim, status: null, body: null, location: null, storeCode: null },
      setWhere: sql`${isForgotten} or ${isAbandoned}`,
    })
    .returning({ claimedAt: idempotencyKeys.claimedAt });
  return rows.length === 1;
}

export async function findKey(
  db: Database,
  key: Pick<KeyClaim, 'adminKeyId' | 'keyHash'>,
): Promise<IdempotencyKey | undefined> {
  const rows = await db.select().from(idempotencyKeys).where(theKey(key));
  return rows[0];
}

/** Nothing when the claim has passed to another request. A store that is gone by now is not named. */
export async function answerClaim(
  db: Database,
  claim: KeyClaim,
  answer: Pick<IdempotencyKey, 'status' | 'body' | 'location' | 'storeCode'>,
): Promise<void> {
  const { storeCode } = answer;
  const named = sql`(select ${stores.storeCode} from ${stores} where ${stores.storeCode} = ${storeCode})`;
  await db
    .update(idempotencyKeys)
    .set({ ...answer, storeCode: storeCode === null ? null : named })
    .where(theClaim(claim));
}

/** The key is free again. Nothing when the claim has passed to another request. */
export async function releaseClaim(db: Database, claim: KeyClaim): Promise<void> {
  await db.delete(idempotencyKeys).where(theClaim(claim));
}

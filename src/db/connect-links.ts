import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Database } from './client.ts';
import { connectLinks, stores } from './schema.ts';

export async function insertConnectLink(
  db: Database,
  link: { tokenHash: Buffer; storeCode: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.insert(connectLinks).values(link);
}

const usable = (tokenHash: Buffer, now: Date) =>
  and(eq(connectLinks.tokenHash, tokenHash), isNull(connectLinks.usedAt), gt(connectLinks.expiresAt, now));

/** The store an unused, unexpired link is for. */
export async function findUsableLink(
  db: Database,
  tokenHash: Buffer,
  now: Date,
): Promise<{ storeCode: string; storeName: string; expiresAt: Date } | undefined> {
  const rows = await db
    .select({ storeCode: stores.storeCode, storeName: stores.name, expiresAt: connectLinks.expiresAt })
    .from(connectLinks)
    .innerJoin(stores, eq(stores.storeCode, connectLinks.storeCode))
    .where(usable(tokenHash, now));
  return rows[0];
}

/**
 * Uses the link up. False when it was used meanwhile: of two at once only one gets true. An owner who set out in time
 * arrives in time: how long that may take is up to the state.
 */
export async function useLink(tx: Database, tokenHash: Buffer, now: Date): Promise<boolean> {
  const rows = await tx
    .update(connectLinks)
    .set({ usedAt: now })
    .where(and(eq(connectLinks.tokenHash, tokenHash), isNull(connectLinks.usedAt)))
    .returning({ storeCode: connectLinks.storeCode });
  return rows.length === 1;
}

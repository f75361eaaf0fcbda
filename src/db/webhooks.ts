import { and, asc, eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { webhooks } from './schema.ts';

export type Webhook = Omit<typeof webhooks.$inferSelect, 'secretEncrypted'>;
export type NewWebhook = typeof webhooks.$inferInsert;
export type StoredSecret = Pick<typeof webhooks.$inferSelect, 'id' | 'secretEncrypted'>;

/** All but the secret. */
const shown = {
  id: webhooks.id,
  url: webhooks.url,
  events: webhooks.events,
  enabled: webhooks.enabled,
  createdAt: webhooks.createdAt,
  since: webhooks.since,
  failingSince: webhooks.failingSince,
};

/** Any constant of ours: one at a time is counted and inserted. */
const insertLock = '4409172350883165';

/** False, and nothing is inserted, when there are `most` already. Call it in a transaction. */
export async function insertWebhook(tx: Database, webhook: NewWebhook, most: number): Promise<boolean> {
  await tx.execute(sql`select pg_advisory_xact_lock(${insertLock})`);
  if ((await tx.$count(webhooks)) >= most) return false;
  await tx.insert(webhooks).values(webhook);
  return true;
}

/** Oldest first; a page goes on after (`at`, `id`). */
export function listWebhooks(
  db: Database,
  page: { after: { at: Date; id: string } | null; limit: number },
): Promise<Webhook[]> {
  const { after } = page;
  return db
    .select(shown)
    .from(webhooks)
    .where(
      after === null
        ? undefined
        : sql`(${webhooks.createdAt}, ${webhooks.id}) > (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)`,
    )
    .orderBy(asc(webhooks.createdAt), asc(webhooks.id))
    .limit(page.limit);
}

export async function findWebhook(db: Database, id: string): Promise<Webhook | undefined> {
  const rows = await db.select(shown).from(webhooks).where(eq(webhooks.id, id));
  return rows[0];
}

/**
 * Locks the row until the transaction ends: deliveries to it begin before that or after. What happens to a store in the
 * meantime does not wait.
 */
export async function findWebhookForUpdate(tx: Database, id: string): Promise<Webhook | undefined> {
  const rows = await tx.select(shown).from(webhooks).where(eq(webhooks.id, id)).for('no key update');
  return rows[0];
}

export async function updateWebhook(tx: Database, webhook: Webhook): Promise<void> {
  const { id, ...columns } = webhook;
  await tx.update(webhooks).set(columns).where(eq(webhooks.id, id));
}

/** With all its deliveries; undefined when there was none. */
export async function deleteWebhook(tx: Database, id: string): Promise<Webhook | undefined> {
  const rows = await tx.delete(webhooks).where(eq(webhooks.id, id)).returning(shown);
  return rows[0];
}

/** Secrets that do not begin with `prefix`; there are few webhooks. */
export function listSecretsNotUnder(db: Database, prefix: Buffer): Promise<StoredSecret[]> {
  return db
    .select({ id: webhooks.id, secretEncrypted: webhooks.secretEncrypted })
    .from(webhooks)
    .where(sql`substring(${webhooks.secretEncrypted} from 1 for ${prefix.length}) <> ${prefix}`);
}

/** The same secret under another key, where the old ciphertext still stands. Returns whether it did. */
export async function replaceSecret(db: Database, old: StoredSecret, secretEncrypted: Buffer): Promise<boolean> {
  const rows = await db
    .update(webhooks)
    .set({ secretEncrypted })
    .where(and(eq(webhooks.id, old.id), eq(webhooks.secretEncrypted, old.secretEncrypted)))
    .returning({ id: webhooks.id });
  return rows.length === 1;
}

import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';

/** False on a standby, or where everything is set to read-only: Harian can answer there, but not work. */
export async function isWritable(db: Database): Promise<boolean> {
  const result = await db.execute<{ ok: boolean }>(sql`select current_setting('transaction_read_only') = 'off' as ok`);
  return result.rows[0]?.ok === true;
}

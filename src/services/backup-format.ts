import { z } from 'zod';

// A backup is lines of JSON: one says what it is, then for each table one that names it and its columns and one per row,
// then one that says how many there were and what all lines before it hash to. Rows are objects, all others are arrays.

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

const header = z.object({
  format: z.literal(1),
  /** The database's latest migration. */
  migration: z.int().positive(),
  harian: z.string(),
  taken_at: z.iso.datetime(),
  /** Accounts by the id of the key that their tokens are under. */
  token_keys: z.record(z.string(), z.int()),
  /** Of the ledger; null: there is none. A former version did not say. */
  first_day: z.iso.date().nullish(),
});
export const headerLine = z.tuple([z.literal('harian-backup'), header]);
export const tableLine = z.tuple([z.literal('table'), name, z.array(name).min(1)]);
export const endLine = z.tuple([
  z.literal('end'),
  z.object({ rows: z.record(name, z.int()), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
]);

export type BackupHeader = z.infer<typeof header>;

/** Said to whoever runs the command: what is wrong, and what to do. */
export class BackupError extends Error {}

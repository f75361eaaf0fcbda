import { type SQL, sql } from 'drizzle-orm';

/** A moment as a parameter whose type PostgreSQL need not guess. */
export const instant = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;

/** Names of columns or relations, quoted, with commas between. */
export const nameList = (names: readonly string[]): SQL =>
  sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  );

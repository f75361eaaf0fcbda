import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { dayPosition } from './schemas.ts';

/** A page's end as an opaque text. What is inside may change at any time. */
export function encodeCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Null when there is none. Throws INVALID_REQUEST when it is not one of ours. */
export function decodeCursor<T extends z.ZodType<readonly string[]>>(
  cursor: string | undefined,
  schema: T,
): z.output<T> | null {
  if (cursor === undefined) return null;
  const invalid = () => new AppError('INVALID_REQUEST', 'cursor: use next_cursor of the page before, or leave it out.');
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw invalid();
  }
  const parsed = schema.safeParse(position);
  if (!parsed.success) throw invalid();
  return parsed.data;
}

/** The days that a query asks for, one more than its page holds. */
export const dayPageOf = (query: { limit: number; cursor?: string | undefined; from: string; to: string }) => ({
  from: query.from,
  to: query.to,
  afterDay: decodeCursor(query.cursor, dayPosition)?.[0] ?? null,
  limit: query.limit + 1,
});

/** One row more than the page was asked for: whether there is a next page, without counting. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  positionOf: (row: Row) => readonly string[],
): { items: Item[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: page.map(toItem), next_cursor: more ? encodeCursor(positionOf(last)) : null };
}

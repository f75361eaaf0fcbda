import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { addDays } from '../../../domain/snapshot-day.ts';
import { AppError } from '../../../errors.ts';
import { decodeCursor, encodeCursor } from '../../cursor.ts';
import { logPosition } from '../../schemas.ts';
import { parse } from './form.ts';

/** No index carries every filter: what is not named by day looks this far back. */
const daysShown = 7;
/** A store's own rows are found by its index, and one that is silent has no newer ones. */
const daysOfStore = 366;
export const rowsShown = 50;

const day = z.iso.date().refine((text) => text >= '2000-01-01' && text < '3000-01-01', 'must be in 2000 or later');

/** Days in UTC, as the times on the page are. */
export const daySpan = { from: day.optional(), to: day.optional(), cursor: z.string().max(500).optional() };

/** The filters of a page's address; a form sends those left empty too. Throws INVALID_REQUEST naming what is wrong. */
export function readFilters<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  const given = Object.entries(c.req.query())
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value !== '');
  return parse(schema, Object.fromEntries(given));
}

/** `from` is always a day; both ends are included. Throws INVALID_REQUEST when they are the wrong way round. */
export function spanOf(
  filters: { from?: string | undefined; to?: string | undefined; store_code?: string | undefined },
  now: Date,
) {
  const days = filters.store_code === undefined ? daysShown : daysOfStore;
  const from = filters.from ?? addDays(filters.to ?? now.toISOString().slice(0, 10), 1 - days);
  const { to = null } = filters;
  if (to !== null && to < from) throw new AppError('INVALID_REQUEST', 'to: must not be before from');
  return { days: { from, to }, from: startOf(from), before: to === null ? null : startOf(addDays(to, 1)) };
}

const startOf = (utcDay: string) => new Date(`${utcDay}T00:00:00Z`);

export function positionOf(cursor: string | undefined): { at: Date; id: string } | null {
  const position = decodeCursor(cursor, logPosition);
  return position && { at: new Date(position[0]), id: position[1] };
}

/** The same page from another row on; null when there are no more. `rows` are one more than are shown. */
export function olderAddress<Row extends { id: string }>(
  c: Context,
  rows: readonly Row[],
  atOf: (row: Row) => Date,
): string | null {
  const last = rows[rowsShown - 1];
  if (rows.length <= rowsShown || last === undefined) return null;
  return addressWith(c, { cursor: encodeCursor([atOf(last).toISOString(), last.id]) });
}

/** The page's own path with its filters and these changes; null takes one out. */
export function addressWith(c: Context, changes: Record<string, string | null>, path = c.req.path): string {
  const given = Object.entries({ ...c.req.query(), ...changes });
  const query = new URLSearchParams(given.filter((pair): pair is [string, string] => Boolean(pair[1]))).toString();
  return query === '' ? path : `${path}?${query}`;
}

import type { Database } from '../db/client.ts';
import { type ExportPool, findLedgerSpan } from '../db/export-rows.ts';
import { findStore } from '../db/stores.ts';
import { eachDay } from '../domain/daily-views.ts';
import { type ExportFilter, hasDays } from '../domain/export-series.ts';
import { AppError } from '../errors.ts';
import { storeNotFound } from './read-stores.ts';

export interface ExportDependencies {
  db: Database;
  exports: ExportPool;
}

/** In one process. Each keeps a connection and a core of the database busy for as long as it lasts. */
export const maxExports = 2;

/** The last of those given; null: none is. */
const latest = (...days: (string | null)[]): string | null =>
  days.reduce((last, day) => (last === null || (day !== null && day > last) ? day : last), null);

/** A part for each statement. Of a fleet's days one each: its rows lie together, and no transaction lasts for hours. */
async function* partsOf(db: Database, filter: ExportFilter): AsyncGenerator<ExportFilter> {
  const span = hasDays(filter.series) && filter.storeCode === null ? await findLedgerSpan(db) : null;
  if (span === null) {
    yield filter;
    return;
  }
  const afterDay = filter.after?.[0] ?? null;
  const from = latest(filter.from, span.first, afterDay) ?? span.first;
  const to = filter.to !== null && filter.to < span.last ? filter.to : span.last;
  const days = eachDay(from, to);
  // One at least: it brings the names of the columns.
  for (const day of days.length > 0 ? days : [from]) {
    yield { ...filter, from: day, to: days.length > 0 ? day : to, after: day === afterDay ? filter.after : null };
  }
}

/**
 * All rows of a filter as bytes, at constant memory; CSV begins with the names of its columns, unless it goes on behind a row.
 * Throws STORE_NOT_FOUND, and TOO_MANY_REQUESTS when as many exports are running as may.
 */
export function createExporter({ db, exports }: ExportDependencies) {
  let running = 0;
  return async function* exportRows(filter: ExportFilter): AsyncGenerator<Uint8Array> {
    if (running >= maxExports) {
      throw new AppError('TOO_MANY_REQUESTS', `${maxExports} exports are running: try again when one has ended.`, {
        'Retry-After': '30',
      });
    }
    running += 1;
    try {
      if (filter.storeCode !== null && !(await findStore(db, filter.storeCode))) throw storeNotFound();
      let header = filter.after === null;
      for await (const part of partsOf(db, filter)) {
        yield* exports.copyRows(part, { header });
        header = false;
      }
    } finally {
      running -= 1;
    }
  };
}

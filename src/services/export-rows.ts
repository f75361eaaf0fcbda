import type { Database } from '../db/client.ts';
import { type ExportPool, findLedgerSpan } from '../db/export-rows.ts';
import { findStore, listStoreCodes } from '../db/stores.ts';
import { eachDay } from '../domain/daily-views.ts';
import { type ExportFilter, partOf } from '../domain/export-series.ts';
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

/** A part for each statement, one at least: it brings the names of the columns. No transaction lasts for hours. */
async function* partsOf(db: Database, filter: ExportFilter): AsyncGenerator<ExportFilter> {
  const part = filter.storeCode === null ? partOf(filter.series) : 'all';
  let parts = 0;
  if (part !== 'all') {
    for await (const one of part === 'day' ? daysOf(db, filter) : storesOf(db, filter)) {
      yield one;
      parts += 1;
    }
  }
  if (parts === 0) yield part === 'all' ? filter : { ...filter, from: nothing, to: nothing };
}

/** A day that no ledger has. */
const nothing = '0001-01-01';

async function* daysOf(db: Database, filter: ExportFilter): AsyncGenerator<ExportFilter> {
  const span = await findLedgerSpan(db);
  if (span === null) return;
  const afterDay = filter.after?.[0] ?? null;
  const from = latest(filter.from, span.first, afterDay) ?? span.first;
  const to = filter.to !== null && filter.to < span.last ? filter.to : span.last;
  for (const day of eachDay(from, to)) {
    yield { ...filter, from: day, to: day, after: day === afterDay ? filter.after : null };
  }
}

const storesPerPage = 1_000;

async function* storesOf(db: Database, filter: ExportFilter): AsyncGenerator<ExportFilter> {
  const first = filter.after?.[0] ?? null;
  if (first !== null) yield { ...filter, storeCode: first };
  for (let afterCode = first ?? ''; ; ) {
    const storeCodes = await listStoreCodes(db, { afterCode, limit: storesPerPage });
    for (const storeCode of storeCodes) yield { ...filter, storeCode, after: null };
    const last = storeCodes.at(-1);
    if (last === undefined) return;
    afterCode = last;
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

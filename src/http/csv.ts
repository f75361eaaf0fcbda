import type { Context } from 'hono';
import { accepts } from 'hono/accepts';

export interface CsvColumn<Row> {
  name: string;
  value: (row: Row) => string | number | Date | null;
}

const batchRows = 1_000;
const maxRows = 100_000;

/** One cell by RFC 4180. What a spreadsheet would take for a formula gets a `'` in front. */
export function csvCell(value: string | number | Date | null): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** With its end. */
export const csvLine = (cells: readonly (string | number | Date | null)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`;

/** `format` decides, or else `Accept`; JSON where neither says. */
export function wantsCsv(c: Context, format: 'json' | 'csv' | undefined): boolean {
  c.header('Vary', 'Accept', { append: true });
  if (format !== undefined) return format === 'csv';
  const supports = ['application/json', 'text/csv'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/csv';
}

/**
 * Rows as a file, read in batches as fast as the client takes them; at most 100,000, and then the last line says so.
 * `read` gets up to `limit` rows after `after`. Rejects when the first batch does; a later failure cuts the answer off.
 */
export async function csvAnswer<Row>(
  c: Context,
  file: {
    name: string;
    columns: readonly CsvColumn<Row>[];
    read: (after: Row | null, limit: number) => Promise<Row[]>;
  },
): Promise<Response> {
  const { columns, read } = file;
  const encoder = new TextEncoder();
  let batch = await read(null, batchRows);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(csvLine(columns.map(({ name }) => name))));
    },
    async pull(controller) {
      const rows = batch.slice(0, maxRows - sent);
      sent += rows.length;
      let text = rows.map((row) => csvLine(columns.map(({ value }) => value(row)))).join('');
      const last = batch.at(-1);
      const isCut = rows.length < batch.length;
      const isOver = isCut || batch.length < batchRows || last === undefined;
      if (isCut)
        text += csvLine([`Cut after ${maxRows} rows: choose fewer days.`, ...columns.slice(1).map(() => null)]);
      if (text !== '') controller.enqueue(encoder.encode(text));
      if (isOver) controller.close();
      else batch = await read(last, batchRows);
    },
  });
  return c.body(body, 200, {
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${file.name}"`,
  });
}

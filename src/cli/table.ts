import { harmless } from './terminal.ts';

export type Cell = string | number | boolean | null;

const shown = (cell: Cell): string => (cell === null ? '–' : harmless(String(cell)));
const letters = new Intl.Segmenter();
const widthOf = (text: string): number => Array.from(letters.segment(text)).length;

/** Rows under their heads, as they come; the first ones decide how wide a column is. */
export function createTable(heads: readonly string[]): (rows: readonly (readonly Cell[])[]) => string {
  let widths: number[] | undefined;
  return (rows) => {
    const texts = rows.map((row) => row.map(shown));
    const isFirst = widths === undefined;
    widths ??= heads.map((head, column) => Math.max(widthOf(head), ...texts.map((row) => widthOf(row[column] ?? ''))));
    const lines = isFirst ? [heads, ...texts] : texts;
    return lines
      .map(
        (line) =>
          `${line
            .map((text, column) => pad(text, widths?.[column] ?? 0))
            .join('  ')
            .trimEnd()}\n`,
      )
      .join('');
  };
}

const pad = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** One line per field. */
export function fieldList(fields: Readonly<Record<string, Cell>>): string {
  const width = Math.max(...Object.keys(fields).map(widthOf));
  return Object.entries(fields)
    .map(([name, cell]) => `${pad(name, width)}  ${shown(cell)}\n`)
    .join('');
}

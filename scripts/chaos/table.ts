import type { Result } from './run-apart.ts';

export interface Line extends Result {
  name: string;
  figure: string;
  seed: number;
  seconds: number;
  /** The defect that was planted, if any. */
  planted: string | null;
  /** The figure holds; of a planted defect: it was caught for the right reason. */
  ok: boolean;
}

const verdict = (line: Line): string => {
  if (line.planted === null) return line.brokeOff ? 'broke off' : String(line.failures.length);
  if (line.ok) return 'caught';
  return line.brokeOff ? 'BROKE OFF' : 'NOT CAUGHT';
};

/** One row per figure, columns padded, for a terminal; what was measured stands below its figure. */
export function formatTable(lines: readonly Line[], negative: boolean): string {
  const head = ['experiment', negative ? 'planted defect' : 'figure', 'n', negative ? 'verdict' : 'failures'];
  const rows = [
    [...head, 'seed', 'seconds'],
    ...lines.map((line) => [
      line.name,
      line.planted ?? line.figure,
      line.n.toLocaleString('en'),
      verdict(line),
      String(line.seed),
      line.seconds.toFixed(1),
    ]),
  ];
  const numeric = new Set([2, 4, 5]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const indent = ' '.repeat((widths[0] ?? 0) + 2);
  return rows
    .flatMap((row, index) => [
      format(row),
      ...(index === 0 || negative ? [] : (lines[index - 1]?.measured ?? []).map((figure) => `${indent}${figure}`)),
    ])
    .join('\n');
}

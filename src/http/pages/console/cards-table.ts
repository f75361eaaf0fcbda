import { html } from 'hono/html';
import type { Html } from '../layout.ts';

export interface Column<Row> {
  name: string;
  cell: (row: Row) => unknown;
  /** Of buttons: named for those who do not see them only. */
  actions?: boolean;
}

/**
 * A list of cards on a phone and a table on a desk. The first column names the row. The roles say again what the
 * phone's layout takes away.
 */
export function cardsTable<Row>(table: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Rows of stores say which, so that live.js knows what concerns them. */
  storeOf?: (row: Row) => string;
}): Html {
  const { label, columns, rows, storeOf } = table;
  const cell = (row: Row, column: Column<Row>, index: number) => {
    const content = column.cell(row);
    if (index === 0) return html`<th scope="row" role="rowheader">${content}</th>`;
    if (column.actions) return html`<td role="cell" class="actions">${content}</td>`;
    return html`<td role="cell" data-label="${column.name}">${content}</td>`;
  };
  return html`<table class="cards" role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ name, actions }) =>
      html`<th scope="col" role="columnheader">${actions ? html`<span class="unseen">${name}</span>` : name}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (
      row,
    ) => html`<tr role="row" ${storeOf && html`data-store="${storeOf(row)}"`}>${columns.map((column, index) => cell(row, column, index))}</tr>
`,
  )}</tbody></table>`;
}

import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import * as schema from './schema.ts';

interface TableOfOurs {
  name: string;
  /** Its rows belong to a store, by a column `store_code`. */
  ofStore: boolean;
  refersTo: readonly string[];
}

const described = Object.values(schema)
  .filter((value) => is(value, PgTable))
  .map((table): TableOfOurs => {
    const { name, columns, foreignKeys } = getTableConfig(table);
    return {
      name,
      ofStore: columns.some((column) => column.name === 'store_code'),
      refersTo: foreignKeys.map((key) => getTableConfig(key.reference().foreignTable).name),
    };
  });

/** Every table of ours, each after those it refers to: filled in this order, emptied in the other. */
export const allTables: readonly TableOfOurs[] = sorted(described);

function sorted(tables: readonly TableOfOurs[]): TableOfOurs[] {
  const done = new Set<string>();
  const order: TableOfOurs[] = [];
  while (order.length < tables.length) {
    const ready = tables.filter(({ name, refersTo }) => !done.has(name) && refersTo.every((other) => done.has(other)));
    if (ready.length === 0) throw new Error('tables refer to each other in a circle');
    order.push(...ready);
    for (const { name } of ready) done.add(name);
  }
  return order;
}

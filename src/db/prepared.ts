import type { Database } from './client.ts';

/**
 * A statement that is built once for each handle, and from then on only given its values: building costs as much as asking.
 * Prepare it without a name: a store's lock connection, which keeps its plans, names it itself.
 */
export function preparedOn<T>(build: (db: Database) => T): (db: Database) => T {
  const built = new WeakMap<Database, T>();
  return (db) => {
    const known = built.get(db) ?? build(db);
    built.set(db, known);
    return known;
  };
}

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { openSql } from '../support/sql.ts';

// There is no Citus here. What it asks of keys is asked of the migrated schema: docs.citusdata.com, "Creating and Modifying
// Distributed Objects".

type Kind = 'distributed' | 'reference' | 'coordinator';

async function readRecipe(): Promise<[table: string, kind: Kind][]> {
  const text = await readFile(new URL('../../deploy/citus.sql', import.meta.url), 'utf8');
  const made = [...text.matchAll(/^SELECT create_(distributed|reference)_table\('(\w+)'(.*)\);$/gm)];
  const [, kept = ''] = text.split(/^-- What stays on the coordinator/m);
  const listed = [...kept.matchAll(/^-- {3}(.*)$/gm)].flatMap(([, line = '']) => line.split(/, ?/));
  return [
    ...made.map(([, kind, table = '']): [string, Kind] => [table, kind === 'reference' ? kind : 'distributed']),
    ...listed.filter((table) => table !== '').map((table): [string, Kind] => [table, 'coordinator']),
  ];
}

interface TableKeys {
  table: string;
  primary_key: string[];
  unique_keys: string[][];
  references: { table: string; columns: string[]; theirs: string[] }[];
}

const keysOfTables = `
  select c.relname as table,
    (select array_agg(a.attname::text order by n) from pg_index i, unnest(i.indkey) with ordinality as k(attnum, n)
      join pg_attribute a on a.attnum = k.attnum where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid) as primary_key,
    coalesce((select json_agg((select json_agg(a.attname order by n) from unnest(i.indkey) with ordinality as k(attnum, n)
        join pg_attribute a on a.attnum = k.attnum and a.attrelid = c.oid))
      from pg_index i where i.indrelid = c.oid and i.indisunique), '[]') as unique_keys,
    coalesce((select json_agg(json_build_object('table', f.relname,
        'columns', (select json_agg(a.attname order by n) from unnest(k.conkey) with ordinality as o(attnum, n)
          join pg_attribute a on a.attnum = o.attnum and a.attrelid = c.oid),
        'theirs', (select json_agg(a.attname order by n) from unnest(k.confkey) with ordinality as o(attnum, n)
          join pg_attribute a on a.attnum = o.attnum and a.attrelid = f.oid)))
      from pg_constraint k join pg_class f on f.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f'), '[]') as references
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by 1`;

test('deploy/citus.sql names each table once, and what it distributes has keys that Citus can keep', async () => {
  const database = await createTestDatabase();
  const sql = await openSql(database.url);
  const tables = await sql.query<TableKeys>(keysOfTables);
  await sql.close();
  await database.drop();
  const recipe = await readRecipe();
  const kinds = new Map(recipe);
  expect(recipe.map(([table]) => table).toSorted()).toEqual(tables.map(({ table }) => table));

  const wrong = tables.flatMap(({ table, primary_key, unique_keys, references }) => {
    const kind = kinds.get(table);
    const keys =
      kind !== 'distributed'
        ? []
        : [
            ...(primary_key[0] === 'store_code' ? [] : [`${table}: its key begins with ${primary_key[0]}`]),
            ...unique_keys
              .filter((columns) => !columns.includes('store_code'))
              .map((columns) => `${table}: no shard can tell whether (${columns}) is unique`),
          ];
    const foreign = references.flatMap((to) => {
      const toKind = kinds.get(to.table);
      const together =
        kind === 'distributed' && to.theirs[to.columns.indexOf('store_code')] === 'store_code' && toKind === kind;
      const local = kind === 'coordinator' && toKind === kind;
      return together || local || toKind === 'reference' ? [] : [`${table}: refers to ${to.table}, which is ${toKind}`];
    });
    return [...keys, ...foreign];
  });
  expect(wrong).toEqual([]);
  expect([...kinds.values()]).toContain('distributed');
});

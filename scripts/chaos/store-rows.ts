import { z } from 'zod';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';

/**
 * A digest per table and store of every row that belongs to these stores, but for the log rows named. Two are equal when
 * no row came, went or was written, were it with the same values: `xmin` tells.
 */
export async function readRows(
  db: Database,
  storeCodes: readonly string[],
  exceptLogIds: readonly string[],
): Promise<Map<string, string>> {
  const tables = ['user_daily', 'video_daily', 'videos', 'store_days', 'stores', 'tiktok_accounts'];
  const ours = tables.map(
    (table) =>
      sql`select ${table} as of_table, store_code, t::text || t.xmin as content from ${sql.identifier(table)} t`,
  );
  const { rows } = await db.execute(sql`
    with content as (
      ${sql.join(ours, sql` union all `)}
      union all select 'sync_logs', store_code, t::text || t.xmin from sync_logs t
        where id <> all(${sql.param([...exceptLogIds])}::uuid[])
      union all select 'pgboss.job', data->>'store_code', t::text || t.xmin from pgboss.job t
    )
    select of_table || ' of ' || store_code as name, md5(string_agg(content, '|' order by content)) as digest
    from content where store_code = any(${sql.param([...storeCodes])}::text[]) group by 1`);
  const found = z.array(z.object({ name: z.string(), digest: z.string() })).parse(rows);
  return new Map(found.map(({ name, digest }) => [name, digest]));
}

/** Names what changed, such as `store_days of st-001`. */
export function changedRows(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

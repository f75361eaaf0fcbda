import { type SQL, sql } from 'drizzle-orm';
import { byPressure, storesInNeed } from './attention.ts';
import type { Database } from './client.ts';
import type { StoreStatus } from './stores.ts';

/** `read`: the last time; `attention`: who needs a person, the most pressing first. */
export type StoreSort = 'code' | 'name' | 'read' | 'followers' | 'attention';
export type StoreFilter = StoreStatus | 'paused';

export interface StoreQuery {
  /** Part of a code, a name or an account's name, in any case; empty: all. */
  text: string;
  filter: StoreFilter | null;
}

/** Where a store stands in the order: its key, as text, and its code. */
export interface StorePosition {
  key: string;
  storeCode: string;
}

export interface StorePage {
  /** In order; one more than asked for when the list goes on in that direction. */
  positions: StorePosition[];
  /** Of those that match the text, whatever the filter. */
  counts: Record<StoreFilter | 'all', number>;
}

/** Of several texts in one; no search holds the control character between them. */
const holds = (texts: SQL[], searched: string) =>
  sql`strpos(lower(${sql.join(texts, sql` || e'\\n' || `)}), lower(${searched})) > 0`;

/** The stores that match, each with what lists are ordered by. Accounts are looked through once, not joined to all stores. */
function matching(text: string): SQL {
  const columns = sql`s.store_code, s.name, s.status, s.paused, s.last_synced_at, s.last_snapshot_date`;
  if (text === '') return sql`select ${columns} from stores s`;
  return sql`select ${columns} from stores s
    where ${holds([sql`s.store_code`, sql`s.name`], text)} or s.store_code in (
      select a.store_code from tiktok_accounts a
      where ${holds([sql`coalesce(a.username, '')`, sql`coalesce(a.display_name, '')`], text)})`;
}

const isChosen = (filter: StoreFilter | null): SQL => {
  if (filter === null) return sql`true`;
  return filter === 'paused' ? sql`s.paused` : sql`s.status = ${filter}`;
};

/** What a list is ordered by, of a type that its positions can be compared with. Never NULL: that would compare with nothing. */
function orderOf(sort: StoreSort, options: { now: Date; tokenEndsBefore: Date }): { key: SQL; type: SQL; join: SQL } {
  const bigint = sql`bigint`;
  switch (sort) {
    case 'code':
      return { key: sql`s.store_code`, type: sql`text`, join: sql`` };
    case 'name':
      return { key: sql`lower(s.name)`, type: sql`text`, join: sql`` };
    case 'read':
      return {
        key: sql`coalesce((extract(epoch from s.last_synced_at) * 1000000)::bigint, -1)`,
        type: bigint,
        join: sql``,
      };
    case 'followers':
      // Of the last day read: looking further back for each store would cost twice the time.
      return {
        key: sql`coalesce((select u.follower_count from user_daily u
          where u.store_code = s.store_code and u.snapshot_date = s.last_snapshot_date), -1)`,
        type: bigint,
        join: sql``,
      };
    case 'attention':
      return {
        key: sql`coalesce(n.rank, case when s.paused then 8 when s.status = 'CONNECTED' then 7 else 9 end)::bigint`,
        type: bigint,
        join: sql`left join (
          select store_code, min(array_position(${byPressure}, kind)) as rank
          from (${storesInNeed(options)}) needing group by store_code) n on n.store_code = s.store_code`,
      };
  }
}

/**
 * One page of the stores that match, and how many there are of each state: 10,000 stores are read once or twice for it,
 * which takes a few ms. `from` null: the first page. Read `before` a position, the page comes in reverse order.
 */
export async function findStorePage(
  db: Database,
  options: StoreQuery & {
    sort: StoreSort;
    descending: boolean;
    from: (StorePosition & { direction: 'after' | 'before' }) | null;
    limit: number;
    now: Date;
    tokenEndsBefore: Date;
  },
): Promise<StorePage> {
  const { text, sort, descending, from, limit } = options;
  const { key, type, join } = orderOf(sort, options);
  const rising = descending === (from?.direction === 'before');
  const direction = rising ? sql`asc` : sql`desc`;
  const beyond = from
    ? sql`(key, store_code) ${rising ? sql`>` : sql`<`} (${from.key}::${type}, ${from.storeCode}::text)`
    : sql`true`;
  // A search is done once and kept; all stores are read faster twice than kept.
  const kept = text === '' ? sql`not materialized` : sql`materialized`;
  const result = await db.execute<{
    counts: StorePage['counts'];
    positions: [storeCode: string, key: string][] | null;
  }>(sql`
    with matched as ${kept} (${matching(text)}),
    chosen as (select s.store_code, ${key} as key from matched s ${join} where ${isChosen(options.filter)}),
    page as (
      select store_code, key from chosen where ${beyond}
      order by key ${direction}, store_code ${direction} limit ${limit + 1}
    )
    select
      (select json_build_object('all', count(*), 'paused', count(*) filter (where paused),
        'PENDING', count(*) filter (where status = 'PENDING'), 'CONNECTED', count(*) filter (where status = 'CONNECTED'),
        'NEED_RECONNECT', count(*) filter (where status = 'NEED_RECONNECT'),
        'DISCONNECTED', count(*) filter (where status = 'DISCONNECTED')) from matched) as counts,
      (select json_agg(json_build_array(store_code, key::text) order by key ${direction}, store_code ${direction})
        from page) as positions`);
  const [row] = result.rows;
  if (!row) throw new Error('a count returned no row');
  const positions = (row.positions ?? []).map(([storeCode, value]) => ({ storeCode, key: value }));
  return { counts: row.counts, positions };
}

/** The codes of up to `limit` stores that match, by code. */
export async function listMatchingCodes(db: Database, query: StoreQuery, limit: number): Promise<string[]> {
  const result = await db.execute<{ code: string }>(sql`
    select s.store_code as code from (${matching(query.text)}) s where ${isChosen(query.filter)}
    order by s.store_code limit ${limit}`);
  return result.rows.map(({ code }) => code);
}

/** The follower counts of these stores since `fromDay`, oldest first; a day without one is left out. */
export async function listFollowers(
  db: Database,
  storeCodes: readonly string[],
  fromDay: string,
): Promise<{ storeCode: string; days: string[]; counts: number[] }[]> {
  const result = await db.execute<{ storeCode: string; days: string[]; counts: number[] }>(sql`
    select store_code as "storeCode", array_agg(snapshot_date::text order by snapshot_date) as days,
      array_agg(follower_count::float8 order by snapshot_date) as counts
    from user_daily
    where store_code = any(${sql.param([...storeCodes])}::text[]) and snapshot_date >= ${fromDay}
      and follower_count is not null
    group by store_code`);
  return result.rows;
}

import pg from 'pg';
import { type ExportFilter, type ExportSeries, exportKeys } from '../domain/export-series.ts';

interface Column {
  name: string;
  sql: string;
  /** May hold what a spreadsheet takes for a formula. */
  isText?: boolean;
}

interface Series {
  from: string;
  /** Those of its key first, in that order. */
  columns: readonly Column[];
}

const text = (name: string, sql: string): Column => ({ name, sql, isText: true });
const plain = (table: string, ...names: string[]): Column[] => names.map((name) => ({ name, sql: `${table}.${name}` }));
const iso = (name: string, sql: string): Column => ({
  name,
  sql: `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
});
/** The same moment on the store's own clock. */
const local = (name: string, sql: string): Column => ({
  name,
  sql: `to_char(${sql} at time zone s.timezone, 'YYYY-MM-DD"T"HH24:MI:SS')`,
});
const ofDay = (table: string): Column[] => [
  ...plain(table, 'snapshot_date'),
  text('store_code', `${table}.store_code`),
];
const captured = (table: string): Column[] => [
  iso('captured_at', `${table}.captured_at`),
  local('captured_at_local', `${table}.captured_at`),
];

/** What a growth view says of a counter. */
const grown = (stem: string): Column[] =>
  plain('d', ...['count', 'change', 'span_days', 'per_day', 'quality'].map((part) => `${stem}_${part}`));

const seriesByName: Readonly<Record<ExportSeries, Series>> = {
  stores: {
    from: 'stores s left join tiktok_accounts a using (store_code)',
    columns: [
      text('store_code', 's.store_code'),
      text('name', 's.name'),
      ...plain('s', 'timezone', 'status'),
      text('status_reason', 's.status_reason'),
      ...plain('s', 'paused'),
      text('username', 'a.username'),
      text('display_name', 'a.display_name'),
      iso('connected_at', 's.connected_at'),
      iso('last_synced_at', 's.last_synced_at'),
      ...plain('s', 'last_snapshot_date'),
    ],
  },
  store_days: {
    from: 'store_days d join stores s using (store_code)',
    columns: [...ofDay('d'), ...plain('d', 'state'), text('reason', 'd.reason'), ...captured('d')],
  },
  user_daily: {
    from: 'user_daily d join stores s using (store_code)',
    columns: [
      ...ofDay('d'),
      ...plain('d', 'follower_count', 'following_count', 'likes_count', 'video_count'),
      ...captured('d'),
    ],
  },
  videos: {
    from: 'videos v join stores s using (store_code)',
    columns: [
      text('store_code', 'v.store_code'),
      text('video_id', 'v.video_id'),
      text('title', 'v.title'),
      text('description', 'v.description'),
      iso('posted_at', 'v.posted_at'),
      local('posted_at_local', 'v.posted_at'),
      ...plain('v', 'duration_seconds', 'width', 'height'),
      text('share_url', 'v.share_url'),
      ...plain('v', 'first_seen_date', 'presence', 'presence_since'),
    ],
  },
  video_daily: {
    from: 'video_daily d join stores s using (store_code)',
    columns: [
      ...ofDay('d'),
      text('video_id', 'd.video_id'),
      ...plain('d', 'view_count', 'like_count', 'comment_count', 'share_count'),
      ...captured('d'),
    ],
  },
  account_growth: {
    from: 'account_growth d join stores s using (store_code)',
    columns: [
      text('store_code', 'd.store_code'),
      ...plain('d', 'snapshot_date', 'day_state'),
      ...captured('d'),
      ...['follower', 'following', 'likes', 'video'].flatMap(grown),
    ],
  },
  video_growth: {
    from: 'video_growth d join stores s using (store_code)',
    columns: [
      text('store_code', 'd.store_code'),
      text('video_id', 'd.video_id'),
      ...plain('d', 'snapshot_date', 'day_state'),
      ...captured('d'),
      ...['view', 'like', 'comment', 'share'].flatMap(grown),
    ],
  },
};

/** A spreadsheet calculates what begins with one of these; a `'` in front keeps it a text. */
const guarded = (sql: string) =>
  `case when left(${sql}, 1) in ('=', '+', '-', '@', e'\\t', e'\\r') then '''' || ${sql} else ${sql} end`;

/** `copy … to stdout` for the rows of a filter in the order of their key; values become literals, COPY knows no parameters. */
export function copyStatement(filter: ExportFilter, options: { header: boolean }): string {
  const { from, columns } = seriesByName[filter.series];
  const isCsv = filter.format === 'csv';
  const key = columns.slice(0, exportKeys[filter.series].length).map(({ sql }) => sql);
  const literal = pg.escapeLiteral;
  const where = [
    // Of both: below the window of a view a condition is known by the view's own column alone.
    filter.storeCode !== null && key.includes('d.store_code') && `d.store_code = ${literal(filter.storeCode)}`,
    filter.storeCode !== null && `s.store_code = ${literal(filter.storeCode)}`,
    filter.from !== null && `d.snapshot_date >= ${literal(filter.from)}`,
    filter.to !== null && `d.snapshot_date <= ${literal(filter.to)}`,
    filter.after !== null && `(${key.join(', ')}) > (${filter.after.map(literal).join(', ')})`,
  ].filter((condition) => condition !== false);
  const shown = columns.map(({ name, sql, isText }) => `${isCsv && isText ? guarded(sql) : sql} as ${name}`);
  const rows = `select ${shown.join(', ')} from ${from}
    ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by ${key.join(', ')}`;
  return isCsv
    ? `copy (${rows}) to stdout with (format csv, header ${options.header})`
    : // JSON holds no control character, so that CSV with these two is the line as it is.
      `copy (select row_to_json(r) from (${rows}) r) to stdout with (format csv, delimiter e'\\x02', quote e'\\x01')`;
}

/** What can be taken away whole, by the name of its table or view, with what a row is known by: the order in which rows come. */
export const exportKeys = {
  stores: ['store_code'],
  store_days: ['snapshot_date', 'store_code'],
  user_daily: ['snapshot_date', 'store_code'],
  videos: ['store_code', 'video_id'],
  video_daily: ['snapshot_date', 'store_code', 'video_id'],
  account_growth: ['store_code', 'snapshot_date'],
  video_growth: ['store_code', 'video_id', 'snapshot_date'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ExportSeries = keyof typeof exportKeys;
export const exportSeries = Object.keys(exportKeys) as ExportSeries[];

/**
 * What one statement reads of a whole fleet: a day, whose rows were written together; a store, because growth looks back
 * as far as the store goes; or all, where there is little.
 */
export const partOf = (series: ExportSeries): 'day' | 'store' | 'all' => {
  const [first, ...others] = exportKeys[series];
  if (first === 'snapshot_date') return 'day';
  return others.some((name) => name === 'snapshot_date') ? 'store' : 'all';
};

export interface ExportFilter {
  series: ExportSeries;
  format: 'csv' | 'ndjson';
  storeCode: string | null;
  /** Both included; of a series without days they are not asked. */
  from: string | null;
  to: string | null;
  /** Goes on behind the row with this key. */
  after: readonly string[] | null;
}

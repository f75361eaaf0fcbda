/** What can be taken away whole, by the name of its table, with what a row is known by: the order in which rows come. */
export const exportKeys = {
  stores: ['store_code'],
  store_days: ['snapshot_date', 'store_code'],
  user_daily: ['snapshot_date', 'store_code'],
  videos: ['store_code', 'video_id'],
  video_daily: ['snapshot_date', 'store_code', 'video_id'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ExportSeries = keyof typeof exportKeys;
export const exportSeries = Object.keys(exportKeys) as ExportSeries[];

export const hasDays = (series: ExportSeries): boolean => exportKeys[series][0] === 'snapshot_date';

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

import { csvLine } from '../http/csv.ts';
import { type Api, take } from './ask.ts';
import { codeOf } from './invocation.ts';
import { type Page, pagesOf } from './pages.ts';
import { UsageError } from './problems.ts';
import type { Terminal } from './terminal.ts';

interface Export {
  operands: string[];
  from?: string;
  to?: string;
  format: 'csv' | 'ndjson';
  cursor?: string;
}

type Item = Readonly<Record<string, unknown>>;
type Read = (cursor: string | undefined) => Promise<Page<Item>>;

/** Every row, as the API gives it or as RFC 4180. A failure in the middle says how to go on. Throws UsageError or Failure. */
export async function exportRows(api: Api, terminal: Terminal, options: Export): Promise<void> {
  const { read, columns } = sourceOf(api, options);
  const isCsv = options.format === 'csv';
  if (isCsv && options.cursor === undefined) await terminal.out(csvLine(columns));
  let rows = 0;
  let next = options.cursor;
  try {
    for await (const { items, next_cursor: cursor } of pagesOf(read, options.cursor)) {
      const text = items.map((item) =>
        isCsv ? csvLine(columns.map((path) => cellOf(item, path))) : `${JSON.stringify(item)}\n`,
      );
      await terminal.out(text.join(''));
      rows += items.length;
      next = cursor ?? undefined;
    }
  } catch (error) {
    if (next !== undefined) terminal.say(`${rows} rows are out. To go on behind them: --cursor ${next}`);
    throw error;
  }
}

const columnsOf = (names: string) => names.split(/\s+/);
const dayColumns = columnsOf('snapshot_date follower_count following_count likes_count video_count captured_at');
const videoDayColumns = columnsOf('snapshot_date view_count like_count comment_count share_count captured_at');
const videoColumns = columnsOf('video_id title description posted_at duration_seconds share_url first_seen_date');
const storeColumns = columnsOf(`store_code name timezone status status_reason paused account.open_id account.username
  account.display_name connected_at last_synced_at last_snapshot_date next_sync_at created_at updated_at`);
const logColumns =
  columnsOf(`started_at finished_at store_code snapshot_date trigger status attempt error_code http_status
  tiktok_log_id pages videos retry_at job_id id`);

function sourceOf(api: Api, { operands, from, to }: Export): { read: Read; columns: string[] } {
  const [what = '', code, videoId, ...more] = operands;
  const days = (cursor: string | undefined) => ({
    limit: '1000',
    ...(from && { from }),
    ...(to && { to }),
    ...(cursor && { cursor }),
  });
  const page = (cursor: string | undefined) => ({ limit: '200', ...(cursor && { cursor }) });
  const one = api.stores[':store_code'];
  const ofStore = () => ({ store_code: codeOf(code) });
  const operandCount = { stores: 1, logs: 1, daily: 2, videos: 2, video: 3 }[what];
  if (operandCount === undefined || operands.length !== operandCount || more.length > 0) {
    throw new UsageError('It takes stores, logs, daily CODE, videos CODE or video CODE VIDEO_ID.');
  }
  switch (what) {
    case 'stores':
      return { columns: storeColumns, read: (cursor) => take(api.stores.$get({ query: page(cursor) })) };
    case 'logs':
      return { columns: logColumns, read: (cursor) => take(api['sync-logs'].$get({ query: page(cursor) })) };
    case 'daily': {
      const param = ofStore();
      return { columns: dayColumns, read: (cursor) => take(one.daily.$get({ param, query: days(cursor) })) };
    }
    case 'videos': {
      const param = ofStore();
      const latest = videoDayColumns.map((name) => `latest.${name}`);
      return {
        columns: [...videoColumns, ...latest],
        read: (cursor) => take(one.videos.$get({ param, query: page(cursor) })),
      };
    }
    default: {
      const param = { ...ofStore(), video_id: codeOf(videoId) };
      return {
        columns: videoDayColumns,
        read: (cursor) => take(one.videos[':video_id'].daily.$get({ param, query: days(cursor) })),
      };
    }
  }
}

function cellOf(item: Item, path: string): string | number | null {
  const value = path.split('.').reduce<unknown>((inside, name) => (inside as Item | null)?.[name], item);
  if (value === null || typeof value === 'number') return value;
  return String(value ?? '');
}

import { take } from './ask.ts';
import { exportRows } from './export.ts';
import { codeOf, given, type Invocation, oneOf, read } from './invocation.ts';
import { pagesOf } from './pages.ts';
import { resync } from './resync.ts';
import { type Cell, createTable, fieldList } from './table.ts';
import { harmless } from './terminal.ts';

export interface Command {
  usage: string;
  does: string;
  /** Throws UsageError or Failure. */
  run(invocation: Invocation): Promise<void>;
}

const json = { json: { type: 'boolean' } } as const;
const text = { type: 'string' } as const;
const storeStatuses = ['PENDING', 'CONNECTED', 'NEED_RECONNECT', 'DISCONNECTED'] as const;
const logStatuses = ['RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED', 'SKIPPED', 'NEED_RECONNECT'] as const;

export const commands: Readonly<Record<string, Command>> = {
  stores: {
    usage: `stores [--status ${storeStatuses.join('|')}] [--json]`,
    does: 'lists the stores',
    async run(invocation) {
      const { api, values } = read(invocation, { ...json, status: text }, []);
      const status = oneOf(storeStatuses, values.status, '--status');
      const pages = pagesOf((cursor) =>
        take(api.stores.$get({ query: { limit: '200', ...given({ status, cursor }) } })),
      );
      const table = createTable(['CODE', 'STATUS', 'NAME', 'LAST DAY', 'NEXT SYNC', 'WHY']);
      for await (const { items } of pages) {
        const rows = items.map((one): Cell[] => [
          one.store_code,
          one.paused ? `${one.status} (paused)` : one.status,
          one.name,
          one.last_snapshot_date,
          one.next_sync_at,
          one.status_reason,
        ]);
        await invocation.terminal.out(values.json ? linesOf(items) : table(rows));
      }
    },
  },

  store: {
    usage: 'store CODE [--json]',
    does: 'tells how a store is',
    async run(invocation) {
      const { api, values, operands } = read(invocation, json, ['CODE']);
      const store = await take(api.stores[':store_code'].$get({ param: { store_code: codeOf(operands[0]) } }));
      const { account, job, ...fields } = store;
      const shown = {
        ...fields,
        account: account && (account.username ?? account.open_id),
        job: job && `${job.state} ${job.id}`,
      };
      await invocation.terminal.out(values.json ? linesOf([store]) : fieldList(shown));
    },
  },

  link: {
    usage: 'link CODE [--json]',
    does: 'makes a connect link for the owner, good for 72 hours or one connection',
    async run(invocation) {
      const { api, values, operands } = read(invocation, json, ['CODE']);
      const asked = api.stores[':store_code']['connect-links'].$post({ param: { store_code: codeOf(operands[0]) } });
      const link = await take(asked);
      await invocation.terminal.out(values.json ? linesOf([link]) : fieldList({ ...link }));
    },
  },

  resync: {
    usage: 'resync CODE [--wait] [--json]',
    does: "reads a store's present day now; --wait follows the job to its end, or the one already under way",
    async run(invocation) {
      const { api, values, operands } = read(invocation, { ...json, wait: { type: 'boolean' } }, ['CODE']);
      const job = await resync(api, invocation, { storeCode: codeOf(operands[0]), wait: values.wait ?? false });
      await invocation.terminal.out(values.json ? linesOf([job]) : fieldList(flat(job)));
    },
  },

  queue: {
    usage: 'queue [--json]',
    does: 'tells how deep the queue is and when it will be through',
    async run(invocation) {
      const { api, values } = read(invocation, json, []);
      const queue = await take(api.queue.$get());
      await invocation.terminal.out(values.json ? linesOf([queue]) : fieldList(flat(queue)));
    },
  },

  logs: {
    usage: `logs [--store CODE] [--status ${logStatuses.join('|')}] [--limit 1…200] [--json]`,
    does: 'lists the last attempts, newest first',
    async run(invocation) {
      const { api, values } = read(invocation, { ...json, store: text, status: text, limit: text }, []);
      const status = oneOf(logStatuses, values.status, '--status');
      const store = values.store === undefined ? undefined : codeOf(values.store);
      const query = given({ store_code: store, status, limit: values.limit });
      const { items } = await take(api['sync-logs'].$get({ query }));
      const table = createTable(['STARTED', 'STORE', 'DAY', 'STATUS', 'TRY', 'TRIGGER', 'ERROR', 'HTTP', 'VIDEOS']);
      const rows = items.map((one): Cell[] => [
        one.started_at,
        one.store_code,
        one.snapshot_date,
        one.status,
        one.attempt,
        one.trigger,
        one.error_code,
        one.http_status,
        one.videos,
      ]);
      await invocation.terminal.out(values.json ? linesOf(items) : table(rows));
    },
  },

  export: {
    usage:
      'export stores|logs|daily CODE|videos CODE|video CODE VIDEO_ID [--from DAY] [--to DAY] [--format csv|ndjson] [--cursor C]',
    does: 'writes all rows to standard output, a page in memory at a time; --cursor goes on where a former one ended',
    async run(invocation) {
      const options = { from: text, to: text, format: text, cursor: text } as const;
      const { api, values, operands } = read(invocation, options, null);
      const format = oneOf(['csv', 'ndjson'] as const, values.format, '--format') ?? 'csv';
      await exportRows(api, invocation.terminal, { operands, ...given(values), format });
    },
  },
};

const linesOf = (items: readonly unknown[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

/** What lies inside becomes one text. */
function flat(value: Readonly<Record<string, unknown>>): Record<string, Cell> {
  const cell = (inside: unknown): Cell =>
    typeof inside === 'object' && inside !== null
      ? harmless(
          Object.values(inside)
            .filter((one) => one !== null)
            .join(' '),
        )
      : (inside as Cell);
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, cell(inside)]));
}

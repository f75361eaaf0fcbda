import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  connectionSettings,
  countsOf,
  dropConnection,
  openPool,
  type PoolCounts,
  prepareClient,
  reportTo,
} from './client.ts';
import { createDeadNetwork, type DeadNetwork } from './dead-network.ts';

/**
 * The queue's own connections, in the shape pg-boss takes: its own pool hangs on a dead network, and dies of one. What
 * is claimed here may be forgotten by a crash of the server, which ends the claimant's run too; what is enqueued or
 * settled joins a transaction of ours, and is durable with it.
 */
export interface QueueDatabase {
  /** Rejects at once after `close`. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: pg.QueryResultRow[] }>;
  /** Listens for as long as it is not closed: `onSubscribed` each time that a connection has begun to. */
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onSubscribed: () => void,
  ): Promise<{ close(): Promise<void> }>;
  poolCounts(): PoolCounts;
  close(): Promise<void>;
}

const reconnectMs = 1_000;
/** A listener sends nothing by itself: only a question finds out that nobody is there any more. */
const askMs = 5_000;

export function createQueueDatabase(options: {
  url: string;
  maxConnections: number;
  queryTimeoutMs?: number;
  pooled?: boolean;
  network?: DeadNetwork;
  onError: (error: unknown) => void;
}): QueueDatabase {
  const { network = createDeadNetwork() } = options;
  const pool = openPool({ ...options, network, applicationName: 'harian-queue', awaitDisk: false });

  /** Resolves when the connection, or the wish to listen, is gone. */
  const listenOnce = async (channel: string, closing: AbortSignal, on: pg.Client, onSubscribed: () => void) => {
    const gone = new AbortController();
    on.once('end', () => gone.abort());
    await on.connect();
    await prepareClient(on, { ...options, onBroken: reportTo(network) });
    await on.query(`listen ${pg.escapeIdentifier(channel)}`);
    onSubscribed();
    const over = AbortSignal.any([closing, gone.signal]);
    while (!over.aborted) {
      await sleep(askMs, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted) await on.query('select 1');
    }
  };

  return {
    executeSql: (text, values) => pool.query(text, values),
    async listen(channel, onNotification, onSubscribed) {
      const closing = new AbortController();
      let current: { client: pg.Client; openedMs: number } | undefined;
      network.onReport((askedMs) => {
        if (current && current.openedMs <= askedMs) dropConnection(current.client);
      });
      const listening = (async () => {
        while (!closing.signal.aborted) {
          const client = new pg.Client(connectionSettings(options.url, 'harian-listen', options.queryTimeoutMs));
          current = { client, openedMs: performance.now() };
          client.on('error', () => undefined);
          client.on('notification', ({ payload }) => payload !== undefined && onNotification(payload));
          await listenOnce(channel, closing.signal, client, onSubscribed).catch(options.onError);
          dropConnection(client);
          await sleep(reconnectMs, undefined, { signal: closing.signal }).catch(() => undefined);
        }
      })();
      return {
        async close() {
          closing.abort();
          await listening;
        },
      };
    },
    poolCounts: () => countsOf(pool),
    close: () => pool.end(),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { nightAccounts, videosPerStore } from './accounts.ts';
import { percentile } from './figures.ts';
import { concurrency, type Rig } from './rig.ts';
import { askForResync, beginDay, drainDay, insertStores } from './stores.ts';

/** TikTok's 600 four times as fast; the minute in which it counts them stays a minute, and so do all delays. */
const requestsPerMinute = 2_400;
const pagesPerStore = 2;
const processes = 4;
const latencyMs = 80;
const resyncs = 20;

export interface NightFigures {
  stores: number;
  processes: number;
  requestsPerMinute: number;
  /** From the plan until the last store was through, and what as many requests take at an even pace at the limit. */
  seconds: number;
  evenSeconds: number;
  refused: number;
  /** From asking for a resync until its first request came to TikTok, while the night went on. */
  resyncMs: { n: number; p50: number; max: number };
}

/** A night of more stores than the limit lets through at once, and people who do not want to wait for its end. */
export async function measureNight(rig: Rig, say: (progress: string) => void): Promise<NightFigures> {
  const codes = nightAccounts.map((account) => account.openId);
  await insertStores(rig, codes);
  await beginDay(rig, codes, { expired: true });
  await rig.simulator.configure({ requestsPerMinute, latencyMs });
  const limit = { TIKTOK_REQUESTS_PER_MINUTE: String(requestsPerMinute) };
  const app = await rig.startApp('api,worker', limit);
  const workers = await Promise.all(Array.from({ length: processes - 1 }, () => rig.startApp('worker', limit)));
  const expectedSeconds = (60 * pagesPerStore * codes.length) / requestsPerMinute;
  say(`${codes.length} stores in ${processes} processes of ${concurrency} slots, at least ${expectedSeconds} s`);

  const ended = new AbortController();
  const [{ wallSeconds }, seen, asked] = await Promise.all([
    drainDay(rig, codes.length, codes.length * videosPerStore, resyncs).finally(() => ended.abort()),
    watchTikTok(rig, ended.signal),
    askForResyncs(rig, app, expectedSeconds / (resyncs + 2), ended.signal),
  ]);
  const waitsMs = asked.map(({ storeCode, sentMs }) => {
    const began = seen.reads.find(({ openId, atMs }) => openId === storeCode && atMs >= sentMs);
    return (began?.atMs ?? Number.NaN) - sentMs;
  });
  await Promise.all([app, ...workers].map((one) => one.end()));
  await rig.simulator.configure({ requestsPerMinute: Number.MAX_SAFE_INTEGER, latencyMs: 0 });
  return {
    stores: codes.length,
    processes,
    requestsPerMinute,
    seconds: wallSeconds,
    evenSeconds: (60 * seen.pages) / requestsPerMinute,
    refused: seen.refused,
    resyncMs: { n: waitsMs.length, p50: percentile(waitsMs, 0.5), max: Math.max(...waitsMs) },
  };
}

const lookEveryMs = 1_000;

interface Seen {
  /** At video/list, of which a night needs the most. */
  pages: number;
  /** Of everything. */
  refused: number;
  /** With user/info each run begins, where the token is fresh. */
  reads: { openId: string | null; atMs: number }[];
}

async function watchTikTok(rig: Rig, ended: AbortSignal): Promise<Seen> {
  const all: Seen = { pages: 0, refused: 0, reads: [] };
  let { next_after: seen } = await rig.simulator.journal(0);
  for (let last = false; ; ) {
    const journal = await rig.simulator.journal(seen);
    seen = journal.next_after;
    for (const { endpoint, status, openId, at } of journal.items) {
      if (status === 429) all.refused += 1;
      else if (endpoint === 'video/list') all.pages += 1;
      else if (endpoint === 'user/info') all.reads.push({ openId, atMs: Date.parse(at) });
    }
    if (last) return all;
    await sleep(lookEveryMs, undefined, { signal: ended }).catch(() => undefined);
    last = ended.aborted;
    rig.signal.throwIfAborted();
  }
}

/** Of stores that are through, at even distances. */
async function askForResyncs(
  rig: Rig,
  app: AppProcess,
  everySeconds: number,
  ended: AbortSignal,
): Promise<{ storeCode: string; sentMs: number }[]> {
  const asked: { storeCode: string; sentMs: number }[] = [];
  const signal = AbortSignal.any([rig.signal, ended]);
  while (asked.length < resyncs) {
    await sleep(everySeconds * 1000, undefined, { signal });
    const { rows } = await rig.db.execute<{ code: string }>(sql`
      select store_code as code from store_days where state = 'complete' order by random() limit 1`);
    const storeCode = rows[0]?.code ?? '';
    const sentMs = Math.floor(performance.timeOrigin + performance.now());
    await askForResync(rig, app, storeCode);
    asked.push({ storeCode, sentMs });
  }
  return asked;
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { z } from 'zod';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Simulator } from '../../src/simulator/app.ts';
import { bundle } from './bundle.ts';
import type { Experiment, Trial } from './experiment.ts';
import {
  commitOnce,
  createPairOracle,
  expireAccessTokens,
  listBusyStores,
  type PairOracle,
  resyncIdleStores,
  type StoredPair,
} from './pair-oracle.ts';
import { percentile } from './random.ts';
import type { HarianProcess } from './rig.ts';

const storeCount = 60;
const workerCount = 4;
/** A killed worker was between TikTok's answer and its own write for this long at most; more is a late write. */
const crashWindowMs = 2_000;
const ownWindowMs = 5;
/** The first is left out of the own window: what is new in a process takes longer. */
const quietRuns = 8;
const settleMs = 120_000;

const faults = [
  { kind: 'reply_lost', probability: 0.05 },
  { kind: 'truncated_body', probability: 0.05 },
  { kind: 'reset', probability: 0.02 },
  { kind: 'http_502_html', probability: 0.02 },
  { kind: 'internal_error', probability: 0.02 },
] as const;

/**
 * Workers are killed around refreshes, and replies are dropped and cut. A pair may be lost in two ways only: its answer
 * never came whole, or its worker died before the write. Each loss must end as REFRESH_OUTCOME_UNKNOWN, and nothing else.
 */
export const refreshCrashes: Experiment = {
  name: 'refresh-crashes',
  figure: 'kill -9 and dropped replies: no pair lost outside the two windows, none in silence',
  quick: 200,
  full: 2_000,
  negative: 12,
  async run(trial) {
    const { n, rig, random, say, signal } = trial;
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const accounts = Array.from({ length: storeCount }, (_, index) => ({
      openId: `store-${index + 1}`,
      username: `shop.${index + 1}`,
      displayName: `Shop ${index + 1}`,
      videoCount: 3,
    }));
    // Shorter than the margin within which a token is refreshed: every run refreshes.
    const { simulator } = await rig.serveSimulator({ accounts, accessTokenLifeSeconds: 60, latencyMs: 30 });
    const { control } = simulator;
    await rig.insertStores(db, simulator);
    const oracle = createPairOracle({ db, simulator, cipher: rig.cipher });
    const processes: Started[] = [];
    /** By the hash of the refresh token that was spent: who asked for its successor. */
    const askers = new Map<string, Started>();
    const program = await bundle(new URL('./worker-process.ts', import.meta.url), rig.directory);
    const start = async (roles: string, storesAtOnce = 3): Promise<Started> => {
      // Each comes through a door of its own, so that its requests are known by it.
      const door = await openDoor(simulator, (tokenHash) => {
        if (!askers.has(tokenHash)) askers.set(tokenHash, started);
      });
      rig.cleanup.defer(door.close);
      const started: Started = { killedAt: null, process: null };
      processes.push(started);
      // Half of a start is compiling: with it cached more of the time goes into being killed.
      const environment = {
        SYNC_CONCURRENCY: String(storesAtOnce),
        NODE_COMPILE_CACHE: join(rig.directory, 'compiled'),
      };
      started.process = await rig.startHarian({ databaseUrl, simulatorUrl: door.url, roles, program, environment });
      return started;
    };
    const { process: api } = await start('api,scheduler');
    if (api === null) throw new Error('it did not start');
    const feed = () => resyncIdleStores(api, db);

    const failures: string[] = [];
    const lost = new Map<string, number>();
    const kill9 = async (victim: Started) => {
      victim.killedAt = Date.now();
      await victim.process?.kill();
    };
    const judge = async () => {
      for (const pair of await oracle.storedPairs()) {
        if (pair.status === 'CONNECTED') continue;
        lost.set(pair.storeCode, (lost.get(pair.storeCode) ?? 0) + 1);
        failures.push(...judgeLoss(oracle, pair, askers.get(pair.hash)));
        await oracle.reconnect(pair.storeCode);
      }
    };

    for (const fault of faults) control.faults.add({ endpoint: 'token', times: null, ...fault });
    const workers: Promise<Started>[] = Array.from({ length: workerCount }, () => start('worker'));
    for (let kill = 1; kill <= n; kill++) {
      const index = kill % workerCount;
      const victim = await workers[index];
      if (!victim) throw new Error('there is nobody to kill');
      await feed();
      await untilTokenRequest(trial, control.journal.lastSeq(), () => control.journal);
      await sleep(random() * 60, undefined, { signal });
      await kill9(victim);
      workers[index] = start('worker');
      await judge();
      if (kill % 20 === 0) say(`${kill} of ${n} kills, ${sum(lost)} pairs lost in the two windows`);
    }
    control.faults.clear();

    // From here nothing breaks any more: what is connected must be good, and prove it by a refresh.
    await Promise.all(workers.map(async (worker) => kill9(await worker)));
    // One store at a time: about as many in a second as TikTok's limit lets through.
    await start('worker', 1);
    say('settling');
    const floor = measureCommits(db, signal);
    for (let run = 1; run <= quietRuns; run++) {
      await settle(trial, async () => (await listBusyStores(db)).size === 0);
      await judge();
      await expireAccessTokens(
        db,
        accounts.map(({ openId }) => openId),
      );
      await feed();
    }
    await settle(trial, async () => (await listBusyStores(db)).size === 0);
    const commit = percentile(await floor.stop(), 0.99);
    for (const pair of await oracle.storedPairs()) {
      if (pair.status !== 'CONNECTED') failures.push(`${pair.storeCode}: lost while nothing broke: ${pair.reason}`);
      else if (oracle.isSpent(pair)) failures.push(`${pair.storeCode}: connected with a spent pair`);
    }

    const logs = await Promise.all(processes.map(async ({ process }) => parseLog((await process?.output()) ?? '')));
    for (const [storeCode, times] of lost) {
      const said = logs.flat().filter((line) => line.event === 'token pair lost' && line.store_code === storeCode);
      if (said.length < times) failures.push(`${storeCode}: ${times} pairs lost, ${said.length} lines about it`);
    }
    const windows = (lines: LogLine[]) =>
      lines.flatMap((line) => (line.event === 'token refreshed' ? [line.duration_ms ?? Number.NaN] : []));
    const all = windows(logs.flat());
    const survivors = logs.filter((_, index) => processes[index]?.killedAt === null).flat();
    const quiet = windows(survivors).slice(-(quietRuns - 1) * storeCount);
    const p99 = percentile(quiet, 0.99);
    // On a machine that is busy with something else a bare commit takes longer too: then that is the measure.
    const limitMs = Math.max(ownWindowMs, 2 * commit);
    if (!(p99 <= limitMs)) failures.push(`own window p99 ${p99} ms, allowed ${limitMs} ms`);
    return {
      n,
      failures,
      measured: [
        `${all.length} refreshes kept, ${sum(lost)} lost in the two windows`,
        `own window p50 ${percentile(quiet, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (a bare commit beside it: ${commit.toFixed(1)} ms)`,
      ],
    };
  },
  defects: [
    {
      name: 'the intent is not told before the call',
      file: 'src/db/tiktok-accounts.ts',
      find: "      refreshState: 'IN_FLIGHT',\n",
      replace: '',
    },
    {
      name: 'an unknown outcome is forgotten',
      file: 'src/services/refresh-token.ts',
      find: "error.outcomeUnknown || outcomeWasUnknown ? 'OUTCOME_UNKNOWN' : 'IDLE'",
      replace: "'IDLE'",
    },
    {
      name: 'a pair is used before it is durable',
      file: 'src/services/refresh-token.ts',
      find: 'const keeping = keepPair(',
      replace: `const later = async (...all: Parameters<typeof keepPair>) => {
        setTimeout(() => keepPair(...all), 300);
        return true;
      };
      const keeping = later(`,
    },
    {
      name: 'the spent refresh token stays beside the new access token',
      file: 'src/db/tiktok-accounts.ts',
      find: "        refreshTokenEncrypted: given('refreshTokenEncrypted'),\n",
      replace: '',
    },
  ],
};

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, one) => all + one, 0);

interface Started {
  process: HarianProcess | null;
  killedAt: number | null;
}

/** A store that was given up: its pair must really be gone, in one of the two ways nobody can prevent, and said so. */
function judgeLoss(oracle: PairOracle, pair: StoredPair, asker: Started | undefined): string[] {
  const { storeCode, reason } = pair;
  const spender = oracle.spentBy(pair.hash);
  if (!spender) return [`${storeCode}: given up as ${reason}, and its pair is good`];
  const failures: string[] = [];
  if (reason !== 'REFRESH_OUTCOME_UNKNOWN') failures.push(`${storeCode}: lost in silence, as ${reason}`);
  const livedMs = (asker?.killedAt ?? Number.POSITIVE_INFINITY) - Date.parse(spender.at);
  if (spender.delivered && livedMs > crashWindowMs) {
    failures.push(`${storeCode}: lost outside the two windows, its worker lived on for ${livedMs} ms`);
  }
  if (oracle.wasUsed(spender.issuedHashes?.access ?? '')) failures.push(`${storeCode}: used before it was durable`);
  return failures;
}

/** The simulator under a further address. `onSpend` hears the hash of each refresh token that comes in by it. */
async function openDoor(
  simulator: Simulator,
  onSpend: (tokenHash: string) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request, env) {
      if (new URL(request.url).pathname.endsWith('/token/')) {
        const form = new URLSearchParams(await request.clone().text());
        onSpend(sha256(form.get('refresh_token') ?? '').toString('hex'));
      }
      return simulator.app.fetch(request, env);
    },
  });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Until a refresh reaches TikTok, or a while has passed in which none did. */
async function untilTokenRequest(
  { signal }: Trial,
  after: number,
  journal: () => { entries(after: number): { endpoint: string }[] },
): Promise<void> {
  const giveUpAtMs = performance.now() + 3_000;
  while (performance.now() < giveUpAtMs) {
    if (
      journal()
        .entries(after)
        .some(({ endpoint }) => endpoint === 'token')
    )
      return;
    await sleep(2, undefined, { signal });
  }
}

async function settle({ signal }: Trial, isSettled: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + settleMs;
  while (!(await isSettled())) {
    if (performance.now() > giveUpAtMs) throw new Error('the stores did not come to rest');
    await sleep(200, undefined, { signal });
  }
}

/** How long one-row commits take in the meantime, ms: the least that any durable write costs on this machine. */
function measureCommits(db: Parameters<typeof listBusyStores>[0], signal: AbortSignal): { stop(): Promise<number[]> } {
  const stopping = new AbortController();
  const measured = (async () => {
    const times: number[] = [];
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      await commitOnce(db);
      times.push(performance.now() - startedMs);
      await sleep(20, undefined, { signal });
    }
    return times;
  })();
  // It may break off before anybody waits for it.
  measured.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return measured;
    },
  };
}

const lineSchema = z.object({
  event: z.string(),
  store_code: z.string().optional(),
  duration_ms: z.number().optional(),
});
type LogLine = z.output<typeof lineSchema>;

/** A killed process may leave half a line. */
const parseLog = (text: string): LogLine[] =>
  text.split('\n').flatMap((line) => {
    try {
      const { data } = lineSchema.safeParse(JSON.parse(line));
      return data ? [data] : [];
    } catch {
      return [];
    }
  });

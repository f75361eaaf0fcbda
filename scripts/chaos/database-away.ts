import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabaseProxy } from './database-proxy.ts';
import type { Experiment } from './experiment.ts';
import { createPairOracle, expireAccessTokens, listBusyStores } from './pair-oracle.ts';
import type { HarianProcess } from './rig.ts';

const storesAtOnce = 6;
/** TikTok answers so late that the database is gone by then. */
const answerDelayMs = 2_500;

/** What happens while the pairs wait on the disk. `given up`: another machine takes over and finds their tokens spent. */
const endings = [
  'the database returns',
  'the worker is killed',
  'the worker is killed and its stores given up',
] as const;

/** The database goes away between TikTok's answer and the write of the pair: the spool keeps every one. */
export const databaseAway: Experiment = {
  name: 'database-away',
  figure: 'the database gone between answer and write: no pair lost, also over a kill -9',
  quick: 36,
  full: 600,
  negative: 18,
  async run({ n, rig, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const proxy = await createDatabaseProxy(databaseUrl);
    rig.cleanup.defer(proxy.cut);
    const db = rig.openDatabase(databaseUrl);
    const accounts = Array.from({ length: storesAtOnce }, (_, index) => ({
      openId: `store-${index + 1}`,
      username: `shop.${index + 1}`,
      displayName: `Shop ${index + 1}`,
      videoCount: 3,
    }));
    const codes = accounts.map(({ openId }) => openId);
    const { simulator, url } = await rig.serveSimulator({ accounts });
    const { control } = simulator;
    await rig.insertStores(db, simulator);
    const oracle = createPairOracle({ db, simulator, cipher: rig.cipher });
    const start = (roles: string, machine: string, through = proxy.url) =>
      rig.startHarian({
        databaseUrl: through,
        simulatorUrl: url,
        roles,
        environment: {
          SYNC_CONCURRENCY: String(storesAtOnce),
          SPOOL_DIR: join(rig.directory, machine),
          NODE_COMPILE_CACHE: join(rig.directory, 'compiled'),
        },
      });
    // What begins with a dot is not written to its end.
    const spooled = async () =>
      (await readdir(join(rig.directory, 'first')).catch(() => [])).filter((name) => !name.startsWith('.'));
    const statuses = async () => (await oracle.storedPairs()).map(({ status }) => status);
    const until = async (isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> => {
      const giveUpAtMs = performance.now() + withinMs;
      while (!(await isSo())) {
        if (performance.now() > giveUpAtMs) return false;
        await sleep(50, undefined, { signal });
      }
      return true;
    };

    const failures: string[] = [];
    let kept = 0;
    const api = await start('api,scheduler', 'api', databaseUrl);
    let worker = await start('worker', 'first');
    const resync = () => Promise.all(codes.map((code) => api.api('POST', `/api/stores/${code}/resync`)));
    const atRest = () => until(async () => (await listBusyStores(db)).size === 0, 60_000);

    for (let round = 0; round * storesAtOnce < n; round++) {
      const ending = endings[round % endings.length];
      const fail = (what: string) => failures.push(`round ${round + 1}, ${ending}: ${what}`);
      if (!(await atRest())) throw new Error('the stores did not come to rest');
      await expireAccessTokens(db, codes);
      for (const openId of codes) {
        control.faults.add({ endpoint: 'token', kind: 'delay', openId, delayMs: answerDelayMs });
      }
      const before = control.journal.lastSeq();
      await resync();
      // A fault is gone from the plan once it has begun: its request is with TikTok.
      if (!(await until(async () => control.faults.list().length === 0, 60_000))) throw new Error('nobody refreshed');
      await proxy.cut();
      const answered = () => control.journal.entries(before).filter(({ issuedHashes }) => issuedHashes !== null);
      await until(async () => answered().length === storesAtOnce && (await spooled()).length === storesAtOnce, 15_000);
      kept += (await spooled()).length;

      if (ending !== 'the database returns') await worker.kill();
      await proxy.restore();
      let other: HarianProcess | undefined;
      if (ending === 'the worker is killed and its stores given up') {
        other = await start('worker', 'second');
        const all = await until(async () => (await statuses()).every((one) => one === 'NEED_RECONNECT'), 90_000);
        if (!all) fail('the other machine did not give the stores up');
        await other.kill();
      }
      if (ending !== 'the database returns') worker = await start('worker', 'first');

      await until(async () => (await spooled()).length === 0, 40_000);
      await until(async () => (await statuses()).every((one) => one === 'CONNECTED'), 10_000);
      if ((await spooled()).length > 0) fail('pairs still wait on the disk');
      for (const pair of await oracle.storedPairs()) {
        const good = !oracle.isSpent(pair);
        if (!good) fail(`${pair.storeCode} lost its pair`);
        if (pair.status !== 'CONNECTED')
          fail(`${pair.storeCode} is ${pair.status}, its pair ${good ? 'good' : 'lost'}`);
        if (!good || pair.status !== 'CONNECTED') await oracle.reconnect(pair.storeCode);
      }
      if (answered().length !== storesAtOnce) fail(`${answered().length} pairs given for ${storesAtOnce} stores`);
      say(`${Math.min(n, (round + 1) * storesAtOnce)} of ${n} pairs`);
    }
    return { n, failures, measured: [`${kept} pairs were on the disk`] };
  },
  defects: [
    {
      name: 'nothing is spooled',
      file: 'src/services/keep-pair.ts',
      find: 'return await deps.spool.write(pair);',
      replace: 'return null;',
    },
    {
      name: 'nothing is replayed',
      file: 'src/services/replay-spool.ts',
      find: 'for (const name of await spool.list(storeCode)) {',
      replace: 'for (const name of []) {',
    },
    {
      name: 'a store given up stays given up when its pair turns up',
      file: 'src/services/land-pair.ts',
      find: "  await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason });\n",
      replace: '  if (statusReason !== undefined) return;\n',
    },
  ],
};

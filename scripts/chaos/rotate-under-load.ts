import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { rotateTokenKey } from '../../src/services/rotate-token-key.ts';
import { createTokenSpool } from '../../src/spool/token-spool.ts';
import type { Experiment } from './experiment.ts';
import { createPairOracle, expireAccessTokens, listBusyStores, resyncIdleStores } from './pair-oracle.ts';
import { plantedEnvironment } from './rig.ts';

const storeCount = 200;
/** So many refreshes go on between two rotations at least. */
const refreshesBetween = 10;
const settleMs = 240_000;
const command = fileURLToPath(new URL('../rotate-token-key.ts', import.meta.url));

/** All tokens are re-encrypted to and fro while their stores refresh; then the old key is taken away. */
export const rotateUnderLoad: Experiment = {
  name: 'rotate-under-load',
  figure: 'key rotations beside running refreshes: nothing overwritten, and the old key can go',
  quick: 20,
  full: 300,
  negative: 20,
  async run({ n, rig, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const accounts = Array.from({ length: storeCount }, (_, index) => ({
      openId: `store-${index + 1}`,
      username: `shop.${index + 1}`,
      displayName: `Shop ${index + 1}`,
      videoCount: 1,
    }));
    const codes = accounts.map(({ openId }) => openId);
    const { simulator, url } = await rig.serveSimulator({ accounts, accessTokenLifeSeconds: 60, latencyMs: 10 });
    const { control } = simulator;
    await rig.insertStores(db, simulator);

    const oldText = rig.environment.TOKEN_ENC_KEY ?? '';
    const oldKey = { id: '1', key: Buffer.from(oldText.slice(2), 'base64') };
    const newKey = { id: '2', key: Buffer.alloc(32, 77) };
    const newText = `2:${newKey.key.toString('base64')}`;
    const spoolDir = join(rig.directory, 'spool');
    const start = (roles: string, keys: string) =>
      rig.startHarian({
        databaseUrl,
        simulatorUrl: url,
        roles,
        environment: { TOKEN_ENC_KEY: keys, SPOOL_DIR: spoolDir, SYNC_CONCURRENCY: '8' },
      });
    const api = await start('api', newText);
    const worker = await start('worker', `${newText},${oldText}`);
    const feed = () => resyncIdleStores(api, db);
    const until = async (what: string, isSo: () => Promise<boolean>, withinMs = settleMs) => {
      const giveUpAtMs = performance.now() + withinMs;
      while (!(await isSo())) {
        if (performance.now() > giveUpAtMs) throw new Error(`waited in vain: ${what}`);
        await sleep(20, undefined, { signal });
      }
    };
    const refreshes = (after: number) =>
      control.journal.entries(after).filter(({ issuedHashes }) => issuedHashes !== null).length;

    const failures: string[] = [];
    const spool = createTokenSpool(spoolDir);
    const rings = [createTokenCipher([newKey, oldKey]), createTokenCipher([oldKey, newKey])];
    let rewritten = 0;
    await feed();
    for (let rotation = 0; rotation < n; rotation++) {
      const before = control.journal.lastSeq();
      const cipher = rings[rotation % rings.length] ?? createTokenCipher([newKey]);
      const result = await rotateTokenKey({ db, cipher, spool }, () => undefined);
      rewritten += result.rewritten;
      if (result.broken.length > 0) failures.push(`rotation ${rotation + 1}: ${result.broken[0]} does not decrypt`);
      await feed();
      // A planted defect may leave nobody to refresh; once something is broken, there is nothing more to see.
      const enough = async () => refreshes(before) >= refreshesBetween || (await noneBusy());
      await until('refreshes', enough, 20_000).catch(() => undefined);
      if (failures.length > 0) return { n: rotation + 1, failures, measured: [] };
      if (rotation % 10 === 9) say(`${rotation + 1} of ${n} rotations`);
    }
    async function noneBusy() {
      return (await listBusyStores(db)).size === 0;
    }
    const refreshed = refreshes(0);
    await until('the stores to come to rest', noneBusy);

    const output = await run({
      DATABASE_URL: databaseUrl,
      SPOOL_DIR: spoolDir,
      TOKEN_ENC_KEY: `${newText},${oldText}`,
    });
    if (output !== null) failures.push(`npm run key:rotate: ${output}`);
    await worker.kill();
    await start('worker', newText);
    await expireAccessTokens(db, codes);
    const before = control.journal.lastSeq();
    const read = () => {
      const lists = control.journal
        .entries(before)
        .filter((one) => one.endpoint === 'video/list' && one.status === 200);
      return new Set(lists.map(({ openId }) => openId));
    };
    // Again when the API could not take some of them.
    for (let tries = 1; tries <= 3 && read().size < storeCount; tries++) {
      await feed();
      await until('the last syncs', noneBusy);
    }

    const oracle = createPairOracle({ db, simulator, cipher: createTokenCipher([newKey]) });
    const pairs = await oracle.storedPairs().catch(() => null);
    if (pairs === null) failures.push('a token does not decrypt under the new key alone');
    for (const pair of pairs ?? []) {
      if (pair.status !== 'CONNECTED') failures.push(`${pair.storeCode} is ${pair.status}: ${pair.reason}`);
      else if (oracle.isSpent(pair)) failures.push(`${pair.storeCode} holds a spent token`);
    }
    const synced = read();
    for (const code of codes) if (!synced.has(code)) failures.push(`${code} did not sync without the old key`);
    return {
      n,
      failures,
      measured: [`${storeCount} stores, ${rewritten} pairs re-encrypted beside ${refreshed} refreshes`],
    };
  },
  defects: [
    {
      name: 'a rotation overwrites what a refresh stored meanwhile',
      file: 'src/db/tiktok-accounts.ts',
      find: '\n      and a.access_token_encrypted = c.old_access and a.refresh_token_encrypted = c.old_refresh',
      replace: '',
    },
    {
      name: 'a rotation counts as a change of the pair',
      file: 'src/db/tiktok-accounts.ts',
      find: 'set access_token_encrypted = c.new_access,',
      replace: 'set version = a.version + 1, access_token_encrypted = c.new_access,',
    },
    {
      name: 'a rotation encrypts into another store’s row',
      file: 'src/services/token-pair.ts',
      find: 'Buffer.from(cipher.encrypt(token, at))',
      replace: "Buffer.from(cipher.encrypt(token, { ...at, storeCode: '' }))",
    },
  ],
};

/** Null when it exits 0; else what it printed. */
function run(environment: Record<string, string>): Promise<string | null> {
  const env = { PATH: process.env.PATH, ...plantedEnvironment(), ...environment };
  return new Promise((done) => {
    execFile(process.execPath, [command], { env }, (error, stdout, stderr) => done(error ? stdout + stderr : null));
  });
}

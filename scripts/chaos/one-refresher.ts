import { join } from 'node:path';
import { z } from 'zod';
import { forkChild } from '../rig/child.ts';
import type { Experiment } from './experiment.ts';
import { expireAccessTokens } from './pair-oracle.ts';

const processes = 4;
const refreshers = 50;
const answersSchema = z.array(z.union([z.number(), z.string()]));

/** Fifty refreshers in four processes want the token of one store in the same moment: TikTok is asked once. */
export const oneRefresher: Experiment = {
  name: 'one-refresher',
  figure: '50 refreshers in 4 processes: exactly one token request each round',
  quick: 100,
  full: 2_000,
  negative: 3,
  async run({ n, rig, random, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const { simulator, url } = await rig.serveSimulator();
    const { control } = simulator;
    await rig.insertStores(db, simulator);
    const codes = control.accounts.map(({ openId }) => openId);
    const environment = {
      ...rig.environment,
      TIKTOK_AUTH_URL: `${url}/v2/auth/authorize/`,
      TIKTOK_API_URL: url,
      SPOOL_DIR: join(rig.directory, 'spool'),
    };
    const children = Array.from({ length: processes }, () => {
      const child = forkChild(new URL('./refresher-process.ts', import.meta.url), signal);
      rig.cleanup.defer(() => child.end());
      return child;
    });
    await Promise.all(
      children.map((child, index) => {
        const share = Math.floor(refreshers / processes) + (index < refreshers % processes ? 1 : 0);
        return child.ask({ environment, databaseUrl, refreshers: share });
      }),
    );

    const failures: string[] = [];
    let slowestMs = 0;
    for (let round = 1; round <= n; round++) {
      const storeCode = codes[round % codes.length] ?? '';
      await expireAccessTokens(db, [storeCode]);
      control.setLatencyMs(Math.floor(random() * 40));
      control.journal.clear();
      const startedMs = performance.now();
      const answers = (await Promise.all(children.map((child) => child.ask({ storeCode })))).flatMap((answer) =>
        answersSchema.parse(answer),
      );
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      const asked = control.journal.entries().filter(({ endpoint }) => endpoint === 'token');
      if (asked.length !== 1) failures.push(`round ${round}: ${asked.length} token requests`);
      if (answers.length !== refreshers || new Set(answers).size !== 1 || typeof answers[0] !== 'number') {
        failures.push(`round ${round}: not one and the same token for all: ${[...new Set(answers)].join(', ')}`);
      }
      if (round % 20 === 0) say(`${round} of ${n} rounds`);
    }
    return { n, failures, measured: [`slowest round ${(slowestMs / 1000).toFixed(1)} s`] };
  },
  defects: [
    {
      name: 'the lock holds within one process only',
      file: 'src/crypto/hash.ts',
      find: 'return sha256(storeCode).readBigInt64BE(0);',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
      replace: 'return sha256(`${storeCode} ${process.pid}`).readBigInt64BE(0);',
    },
    {
      name: 'whoever comes next does not see that the pair is new',
      file: 'src/domain/token-life.ts',
      find: 'return expiresAt.getTime() - now.getTime() > marginMs;',
      replace: 'return expiresAt.getTime() - now.getTime() > 86_400_000;',
    },
    {
      name: 'a pair is stored with the old one’s end of life',
      file: 'src/db/tiktok-accounts.ts',
      find: "        accessExpiresAt: given('accessExpiresAt'),\n",
      replace: '',
    },
  ],
};

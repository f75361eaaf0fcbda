import { z } from 'zod';
import { createDatabasePool } from '../../src/db/client.ts';
import { createLogger } from '../../src/logger.ts';
import { createRequestBudget } from '../../src/services/request-budget.ts';
import { createTikTokDisplay } from '../../src/tiktok/display.ts';
import { TikTokError } from '../../src/tiktok/errors.ts';
import { answerParent } from '../rig/child.ts';

/** One of several processes that ask TikTok for as much as the shared budget lets them, until told the end. */
const order = z.object({
  databaseUrl: z.string(),
  simulatorUrl: z.string(),
  requestsPerMinute: z.number(),
  accessToken: z.string(),
  callers: z.number(),
  /** Between two requests that a person waits for; null: none. */
  personEveryMs: z.number().nullable(),
  endsAtMs: z.number(),
});

answerParent(async (message) => {
  // Asked first: loading takes longer than what is to be measured.
  if (z.strictObject({}).safeParse(message).success) return {};
  const { databaseUrl, simulatorUrl, requestsPerMinute, accessToken, callers, personEveryMs, endsAtMs } =
    order.parse(message);
  const pool = createDatabasePool({ url: databaseUrl, maxConnections: 3, onError: () => undefined });
  const stopping = AbortSignal.timeout(endsAtMs - Date.now());
  const budget = createRequestBudget({
    db: pool.db,
    requestsPerMinute,
    logger: createLogger({ level: 'warn', write: (line) => console.error(line), now: () => new Date() }),
    random: Math.random,
    stopping,
  });
  const display = createTikTokDisplay({ apiUrl: simulatorUrl, fetch, timeoutMs: 15_000, budget });
  const waitsMs: number[] = [];
  let refused = 0;
  const ask = async (lane: 'routine' | 'person') => {
    const askedMs = performance.now();
    try {
      const caller = { lane, storeCode: 'chaos' };
      await display.getUserInfo({ accessToken, scopes: ['user.info.basic'], caller });
      if (lane === 'person') waitsMs.push(performance.now() - askedMs);
    } catch (error) {
      if (error instanceof TikTokError) refused += 1;
      else if (!stopping.aborted) throw error;
    }
  };
  const hammer = async () => {
    while (!stopping.aborted) await ask('routine');
  };
  const person = async (everyMs: number) => {
    while (!stopping.aborted) {
      await new Promise((done) => setTimeout(done, everyMs));
      if (!stopping.aborted) await ask('person');
    }
  };
  await Promise.all([
    ...Array.from({ length: callers }, hammer),
    ...(personEveryMs === null ? [] : [person(personEveryMs)]),
  ]);
  await pool.close();
  return { waitsMs, refused };
});

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { compose } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import { createStoreLockConnection, type StoreLockConnection, storeBusy } from '../../src/db/store-lock.ts';
import { createLogger, errorCodeOf } from '../../src/logger.ts';
import { getUsableToken } from '../../src/services/refresh-token.ts';
import { answerParent } from '../rig/child.ts';

/** Several workers' worth of refreshers in one process: each with a lock connection of its own, all wanting one store. */
const orders = z.union([
  z.object({ environment: z.record(z.string(), z.string()), databaseUrl: z.string(), refreshers: z.number() }),
  z.object({ storeCode: z.string() }),
]);

const tryForMs = 60_000;
let deps: ReturnType<typeof compose>['deps'];
const connections: StoreLockConnection[] = [];

answerParent(async (message) => {
  const order = orders.parse(message);
  if ('storeCode' in order) {
    return Promise.all(connections.map((connection) => takeToken(connection, order.storeCode)));
  }
  const config = parseConfig(order.environment);
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  ({ deps } = compose({ config, databaseUrl: order.databaseUrl, logger }));
  for (let count = 0; count < order.refreshers; count++) connections.push(createStoreLockConnection(order.databaseUrl));
  return {};
});

/** What the store's lock and a token in it came to: the token's version, or why there is none. */
async function takeToken(connection: StoreLockConnection, storeCode: string): Promise<number | string> {
  const giveUpAtMs = performance.now() + tryForMs;
  try {
    while (performance.now() < giveUpAtMs) {
      const taken = await connection.withLock(storeCode, ({ db }) => getUsableToken(deps, db, storeCode, null));
      if (taken !== storeBusy) return taken.outcome === 'usable' ? taken.token.version : taken.outcome;
      await sleep(5);
    }
    return 'never got the lock';
  } catch (error) {
    return errorCodeOf(error);
  }
}

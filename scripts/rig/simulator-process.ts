import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { z } from 'zod';
import { createSimulator } from '../../src/simulator/app.ts';
import { accountSpecSchema } from '../../src/simulator/world.ts';
import { answerParent } from './child.ts';

/** The simulated TikTok in its own process: takes its accounts from the parent, answers with its address. */
const order = z.object({ clientKey: z.string(), clientSecret: z.string(), accounts: z.array(accountSpecSchema) });

answerParent(async (message) => {
  const simulator = createSimulator({
    ...order.parse(message),
    redirectUris: ['http://localhost:3000/oauth/tiktok/callback'],
    seed: 3,
    clock: { now: () => new Date() },
    requestsPerMinute: Number.MAX_SAFE_INTEGER,
    journalLimit: 1_000,
  });
  const server = serve({ fetch: simulator.app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

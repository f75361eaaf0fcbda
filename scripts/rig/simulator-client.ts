import { z } from 'zod';
import type { SettingsChange } from '../../src/simulator/settings.ts';

const pairSchema = z.object({
  scopes: z.array(z.string()),
  openId: z.string(),
  accessToken: z.string(),
  expiresInSeconds: z.number(),
  refreshToken: z.string(),
  refreshExpiresInSeconds: z.number(),
});
const journalSchema = z.object({
  items: z.array(
    z.object({ openId: z.string().nullable(), at: z.string(), endpoint: z.string(), status: z.number().nullable() }),
  ),
  next_after: z.number(),
});

export type Pair = z.output<typeof pairSchema>;

export interface SimulatorClient {
  url: string;
  configure(change: SettingsChange): Promise<void>;
  /** One fresh pair for each account, in their order. */
  grantAll(openIds: readonly string[]): Promise<Pair[]>;
  /** Requests after `seq`, oldest first, and where to go on. */
  journal(seq: number): Promise<z.output<typeof journalSchema>>;
}

const grantsAtOnce = 16;

export function createSimulatorClient(url: string, signal: AbortSignal): SimulatorClient {
  const call = async (path: string, body?: object): Promise<unknown> => {
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}/_simulator${path}`, { ...(body ? json : {}), signal });
    if (!response.ok) throw new Error(`the simulator answered ${response.status} to ${path}`);
    return response.json();
  };
  return {
    url,
    async configure(change) {
      await call('/settings', change);
    },
    async grantAll(openIds) {
      const pairs: Pair[] = [];
      for (let start = 0; start < openIds.length; start += grantsAtOnce) {
        const group = openIds.slice(start, start + grantsAtOnce);
        pairs.push(
          ...(await Promise.all(group.map(async (openId) => pairSchema.parse(await call('/grants', { openId }))))),
        );
      }
      return pairs;
    },
    journal: async (seq) => journalSchema.parse(await call(`/journal?after=${seq}&limit=10000`)),
  };
}

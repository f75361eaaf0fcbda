import { compose } from '../../../src/compose.ts';
import { parseConfig } from '../../../src/config.ts';
import { insertStore, updateStore } from '../../../src/db/stores.ts';
import { upsertConnectedAccount } from '../../../src/db/tiktok-accounts.ts';
import { createLogger } from '../../../src/logger.ts';
import { encryptPair } from '../../../src/services/token-pair.ts';
import { createSimulator } from '../../../src/simulator/app.ts';
import type { Scope } from '../../../src/simulator/scopes.ts';
import type { Trial } from '../experiment.ts';
import { createHttpAgent, exchange, type Received } from '../http-exchange.ts';
import { adminKey, chaosTimezone, clientSecret, findFreePort } from '../rig.ts';
import { type Browser, createBrowser } from './browser.ts';

/** What stands between the program and TikTok for one code: something that happens meanwhile, another answer. */
interface Interference {
  meanwhile?: () => Promise<unknown>;
  change?: (body: Record<string, unknown>) => { status?: number; body: unknown };
}

/** A trip that has begun: where TikTok is asked, and the state that has to come back. */
export interface Trip {
  authorizeUrl: string;
  state: string;
}

/** One program with an https address, its database, its simulated TikTok. */
export interface World {
  publicUrl: string;
  clientKey: string;
  newBrowser(): Browser;
  api(method: string, path: string, headers?: Record<string, string>): Promise<Received>;
  addStore(storeCode: string, connectedTo: string | null): Promise<void>;
  /** A connect link's path. */
  makeLink(storeCode: string): Promise<string>;
  /** Presses the button of the link's page; throws when that does not lead to TikTok. */
  begin(browser: Browser, link: string, headers?: Record<string, string>): Promise<Trip>;
  /** Says yes at TikTok; the way back, as path and query. */
  consent(trip: Trip, openId: string, scopes?: Scope[]): Promise<string>;
  refuse(trip: Trip): Promise<string>;
  interfere(back: string, interference: Interference): void;
  /** Changes what TikTok says of an account's profile, until the next scene with that account. */
  changeProfile(openId: string, change: Record<string, unknown> | null): void;
  removeAuthorization(openId: string): Promise<void>;
  /** How often a code of this account was exchanged for tokens since `now()` was that. */
  exchanges(openId: string, since: number): number;
  now(): number;
  sql<Row>(text: string): Promise<Row[]>;
  /** Every line of the log so far that tells of a defect of ours. */
  alarms: string[];
}

export async function buildWorld({ rig, seed }: Trial, accounts: readonly string[]): Promise<World> {
  const publicUrl = 'https://harian.example';
  const databaseUrl = await rig.createDatabase();
  const port = await findFreePort();
  const clientKey = rig.environment.TIKTOK_CLIENT_KEY ?? '';
  const simulator = createSimulator({
    clientKey,
    clientSecret,
    redirectUris: [`${publicUrl}/oauth/tiktok/callback`, 'https://other.example/callback'],
    seed,
    clock: { now: () => new Date() },
    requestsPerMinute: 1_000_000,
    webhookUrl: `http://127.0.0.1:${port}/webhooks/tiktok`,
    accounts: accounts.map((openId) => ({
      openId,
      username: `user.${openId}`,
      displayName: `Person ${openId}`,
      videoCount: 1,
    })),
  });
  const interferences = new Map<string, Interference>();
  const profiles = new Map<string, Record<string, unknown>>();
  const alarms: string[] = [];
  const harian = compose({
    config: parseConfig({
      ...rig.environment,
      PUBLIC_URL: publicUrl,
      PORT: String(port),
      ROLES: 'api',
      TIKTOK_AUTH_URL: 'http://tiktok.test/v2/auth/authorize/',
      TIKTOK_API_URL: 'http://tiktok.test',
    }),
    databaseUrl,
    logger: createLogger({ level: 'error', write: (line) => void alarms.push(line), now: () => new Date() }),
    async fetch(url, init) {
      const code = new URLSearchParams(typeof init.body === 'string' ? init.body : '').get('code');
      const interference = code === null ? undefined : interferences.get(code);
      await interference?.meanwhile?.();
      const answer = await simulator.fetch(url, init);
      const changed = url.includes('/user/info/') ? await changedProfile(answer) : null;
      if (changed) return changed;
      if (!interference?.change) return answer;
      const { status = answer.status, body } = interference.change((await answer.json()) as Record<string, unknown>);
      return Response.json(body, { status });
    },
  });
  async function changedProfile(answer: Response): Promise<Response | null> {
    const body = (await answer.clone().json()) as { data?: { user?: { open_id?: string } } };
    const change = profiles.get(body.data?.user?.open_id ?? '');
    return change ? Response.json({ ...body, data: { user: { ...body.data?.user, ...change } } }) : null;
  }
  await harian.start();
  const agent = createHttpAgent(128);
  rig.cleanup.defer(async () => {
    agent.destroy();
    await harian.close();
    await simulator.close();
  });
  const db = rig.openDatabase(databaseUrl);
  const { host } = new URL(publicUrl);
  const api: World['api'] = (method, path, headers = {}) =>
    exchange(agent, port, { method, path, headers: { host, authorization: `Bearer ${adminKey}`, ...headers } });
  const pathOf = (url: string) => {
    const { pathname, search } = new URL(url);
    return `${pathname}${search}`;
  };

  return {
    publicUrl,
    clientKey,
    alarms,
    api,
    newBrowser: () => createBrowser(agent, port, host),
    async addStore(storeCode, connectedTo) {
      await insertStore(db, { storeCode, name: `Toko ${storeCode}`, timezone: chaosTimezone });
      if (connectedTo === null) return;
      const grant = simulator.control.grant(connectedTo);
      const connectedAt = new Date(Date.now() - 3_600_000);
      const pair = encryptPair(rig.cipher, storeCode, grant, connectedAt);
      await upsertConnectedAccount(db, { ...pair, storeCode, openId: connectedTo, scopes: grant.scopes, connectedAt });
      await updateStore(db, storeCode, { status: 'CONNECTED', connectedAt });
    },
    async makeLink(storeCode) {
      const { status, text } = await api('POST', `/api/stores/${storeCode}/connect-links`);
      if (status !== 201) throw new Error(`no link for ${storeCode}: ${status}`);
      return pathOf((JSON.parse(text) as { url: string }).url);
    },
    async begin(browser, link, headers = {}) {
      const { status, headers: answered } = await browser.go(link, { method: 'POST', headers });
      const authorizeUrl = answered.get('location') ?? '';
      const state = URL.parse(authorizeUrl)?.searchParams.get('state') ?? '';
      if (status !== 303 || state === '') throw new Error(`an honest start was answered with ${status}`);
      return { authorizeUrl, state };
    },
    async consent({ authorizeUrl }, openId, scopes) {
      return pathOf(
        await simulator.control.consent(authorizeUrl, { openId, ...(scopes === undefined ? {} : { scopes }) }),
      );
    },
    refuse: async ({ authorizeUrl }) => pathOf(await simulator.control.consent(authorizeUrl, 'refuse')),
    interfere(back, interference) {
      interferences.set(new URL(back, publicUrl).searchParams.get('code') ?? '', interference);
    },
    changeProfile(openId, change) {
      if (change === null) profiles.delete(openId);
      else profiles.set(openId, change);
    },
    async removeAuthorization(openId) {
      await simulator.control.removeAuthorization(openId, 1);
    },
    exchanges: (openId, since) =>
      simulator.control.journal
        .entries(since)
        .filter((entry) => entry.endpoint === 'token' && entry.openId === openId && entry.issuedHashes !== null).length,
    now: () => simulator.control.journal.lastSeq(),
    async sql<Row>(text: string) {
      return (await db.execute(text)).rows as Row[];
    },
  };
}

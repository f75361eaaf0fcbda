import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { displayError } from './answers.ts';
import { addAuthorizeRoutes } from './authorize-routes.ts';
import { createControl, type SimulatorControl } from './control.ts';
import { addControlRoutes, BadControlRequest } from './control-routes.ts';
import { addDisplayRoutes } from './display-routes.ts';
import { createExchange, newLogId } from './exchange.ts';
import { createFaultPlan } from './fault-plan.ts';
import { createGrants } from './grants.ts';
import { addImageRoutes } from './image-routes.ts';
import { createInProcessFetch, type InProcessFetch } from './in-process-fetch.ts';
import { createJournal } from './journal.ts';
import { addOAuthRoutes } from './oauth-routes.ts';
import { createPopulation } from './population.ts';
import { createRateLimit } from './rate-limit.ts';
import { ConnectionLost, type SimulatorEnv } from './reply.ts';
import { defaultSettings, mergeSettings, type SettingsChange } from './settings.ts';
import { openStateFile } from './state-file.ts';
import { createWebhookSender, type RemovalReason } from './webhook.ts';
import { type AccountSpec, accountSpecSchema, createWorld, makeAccounts } from './world.ts';

const DEFAULT_ACCOUNTS = 8;

export interface SimulatorOptions extends SettingsChange {
  clientKey: string;
  clientSecret: string;
  /** At most 10, as registered with TikTok: absolute, no query, no fragment; https, or http on loopback. */
  redirectUris: string[];
  seed: number;
  clock: Clock;
  /** Keeps grants (hashes only) and overrides over a restart; without it nothing is written. */
  journalFile?: string;
  /** Where `authorization.removed` goes; nowhere when absent. */
  webhookUrl?: string;
  /** Delivers the webhooks; the global fetch by default. */
  fetch?: InProcessFetch;
  /** Eight invented ones by default. */
  accounts?: AccountSpec[];
}

export interface Simulator {
  app: Hono<SimulatorEnv>;
  /** In-process; rejects as the real fetch does on abort, reset, and a redirect under `redirect: 'error'`. */
  fetch: InProcessFetch;
  control: SimulatorControl;
  /** Ends hanging answers, waits for webhooks under way, closes the file. */
  close(): Promise<void>;
}

/** Throws for options that TikTok would not accept, or a state file that cannot be read. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { clientKey, clientSecret, seed, clock } = options;
  const redirectUris = redirectUrisSchema.parse(options.redirectUris);
  const accounts = z
    .array(accountSpecSchema)
    .min(1)
    .parse(options.accounts ?? makeAccounts(seed, DEFAULT_ACCOUNTS));
  const settings = mergeSettings(defaultSettings, options);

  const stateFile = openStateFile(options.journalFile);
  const grants = createGrants({ clock, settings, stateFile });
  const population = createPopulation(createWorld(seed), accounts);
  for (const record of stateFile.records) {
    if (record.type === 'override' && population.has(record.openId))
      population.override(record.openId, record.override);
  }
  const faults = createFaultPlan(seed);
  const journal = createJournal(() => settings.journalLimit);
  const rateLimit = createRateLimit();
  const closing = new AbortController();
  const webhooks = new Set<Promise<unknown>>();
  const sendRemoved = createWebhookSender({
    url: options.webhookUrl,
    clientKey,
    clientSecret,
    clock,
    fetch: options.fetch ?? fetch,
  });

  const app = new Hono<SimulatorEnv>();
  const inProcessFetch = createInProcessFetch((request) => app.fetch(request));
  const exchange = createExchange({ clock, settings, faults, journal, rateLimit, closing: closing.signal });
  const control = createControl({
    clock,
    settings,
    faults,
    journal,
    grants,
    population,
    rateLimit,
    stateFile,
    fetch: inProcessFetch,
    sendRemoved,
  });

  function onRevoked(openId: string, reason: RemovalReason): void {
    const delivery = sendRemoved(openId, reason).finally(() => webhooks.delete(delivery));
    webhooks.add(delivery);
  }

  addControlRoutes(app, control);
  addImageRoutes(app, { seed, clock });
  addAuthorizeRoutes(app, { clientKey, redirectUris, clock, grants, journal, population });
  addOAuthRoutes(app, { clientKey, clientSecret, settings, grants, exchange, onRevoked });
  addDisplayRoutes(app, { seed, settings, grants, population, exchange });

  app.notFound((c) => {
    const reply = displayError('not_found', 'The simulator has no such endpoint', newLogId(clock.now()));
    return c.json(reply.kind === 'json' ? reply.body : null, 404);
  });
  app.onError((error, c) => {
    if (error instanceof ConnectionLost) throw error;
    const bad = error instanceof BadControlRequest;
    // A code of its own: the simulator's own fault must not pass for a simulated one.
    const code = bad ? 'invalid_params' : 'simulator_broken';
    const body = { data: {}, error: { code, message: error.message, log_id: newLogId(clock.now()) } };
    return c.json(body, bad ? 400 : 500);
  });

  return {
    app,
    fetch: inProcessFetch,
    control,
    async close() {
      closing.abort();
      await Promise.allSettled(webhooks);
      stateFile.close();
    },
  };
}

const redirectUrisSchema = z
  .array(
    z.url({ protocol: /^https?$/, abort: true }).refine((text) => {
      const url = new URL(text);
      const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
      return (url.protocol === 'https:' || loopback) && url.search === '' && !/[?#]/.test(text) && text.length < 512;
    }, 'not a redirect URI that TikTok would register'),
  )
  .min(1)
  .max(10);

import type { FaultPlan } from './fault-plan.ts';
import type { Grants } from './grants.ts';
import type { InProcessFetch } from './in-process-fetch.ts';
import type { Journal } from './journal.ts';
import type { NumbersOverride, Visibility } from './numbers-override.ts';
import type { Population } from './population.ts';
import type { RateLimit } from './rate-limit.ts';
import { scopes as allScopes, type Scope } from './scopes.ts';
import { mergeSettings, type Settings, type SettingsChange } from './settings.ts';
import type { StateFile } from './state-file.ts';
import type { RemovalReason, WebhookDelivery } from './webhook.ts';
import type { AccountSpec } from './world.ts';

/** A pair as the token endpoint would answer it; for seeding. */
export interface Granted {
  grantId: string;
  openId: string;
  scopes: Scope[];
  accessToken: string;
  expiresInSeconds: number;
  refreshToken: string;
  refreshExpiresInSeconds: number;
}

/** What tests and the demo hold in their hands. Everything throws for an account that does not exist. */
export interface SimulatorControl {
  readonly accounts: readonly AccountSpec[];
  readonly settings: Readonly<Settings>;
  readonly faults: Pick<FaultPlan, 'add' | 'clear' | 'list'>;
  readonly journal: Pick<Journal, 'entries' | 'lastSeq' | 'clear'>;
  grant(openId: string, scopes?: Scope[]): Granted;
  /** Ends every grant of the account, then sends `authorization.removed` if there is a webhook address. */
  removeAuthorization(openId: string, reason: RemovalReason): Promise<WebhookDelivery>;
  /** Replaces numbers from now on; what was set before stays, per number. */
  setNumbers(openId: string, numbers: Omit<NumbersOverride, 'visibility'>): void;
  /** Deletes videos, makes them private, or brings them back. */
  setVisibility(openId: string, videoIds: readonly string[], visibility: Visibility): void;
  /** What the person would do on the consent page; resolves to the address the browser is sent back to. */
  consent(authorizeUrl: string, choice: { openId: string; scopes?: Scope[] } | 'refuse'): Promise<string>;
  /** Throws a ZodError for a setting out of its bounds. */
  configure(change: SettingsChange): void;
  setLatencyMs(latencyMs: number): void;
  /** For pairs issued from now on. */
  setTokenLife(life: { accessTokenLifeSeconds?: number; refreshTokenLifeSeconds?: number }): void;
  /** Back to the beginning: no grants, faults, overrides or entries, and the settings it was made with. */
  reset(): void;
}

export interface ControlOptions {
  clock: { now(): Date };
  settings: Settings;
  faults: FaultPlan;
  journal: Journal;
  grants: Grants;
  population: Population;
  rateLimit: RateLimit;
  stateFile: StateFile;
  fetch: InProcessFetch;
  sendRemoved(openId: string, reason: RemovalReason): Promise<WebhookDelivery>;
}

export function createControl(options: ControlOptions): SimulatorControl {
  const { clock, settings, faults, journal, grants, population, rateLimit, stateFile } = options;
  const initialSettings = { ...settings };

  function override(openId: string, change: NumbersOverride): void {
    stateFile.append({ type: 'override', openId, override: population.override(openId, change) });
  }

  function configure(change: SettingsChange): void {
    Object.assign(settings, mergeSettings(settings, change));
  }

  return {
    accounts: population.accounts,
    settings,
    faults,
    journal,
    grant(openId, scopes) {
      const account = population.find(openId);
      const pair = grants.grant(openId, scopes ?? account.scopes ?? [...allScopes]);
      const secondsUntil = (instantMs: number) => Math.floor((instantMs - clock.now().getTime()) / 1000);
      return {
        grantId: pair.grant.id,
        openId,
        scopes: pair.grant.scopes,
        accessToken: pair.accessToken,
        expiresInSeconds: secondsUntil(pair.grant.accessExpiresMs),
        refreshToken: pair.refreshToken,
        refreshExpiresInSeconds: secondsUntil(pair.grant.refreshExpiresMs),
      };
    },
    async removeAuthorization(openId, reason) {
      grants.endAll(population.find(openId).openId);
      return options.sendRemoved(openId, reason);
    },
    setNumbers: override,
    setVisibility: (openId, videoIds, visibility) =>
      override(openId, { visibility: Object.fromEntries(videoIds.map((id) => [id, visibility])) }),
    async consent(authorizeUrl, choice) {
      const url = new URL(authorizeUrl);
      const form = new URLSearchParams(url.searchParams);
      form.set('decision', choice === 'refuse' ? 'refuse' : 'authorize');
      if (choice !== 'refuse') {
        form.set('account', choice.openId);
        for (const scope of choice.scopes ?? allScopes) form.append('granted', scope);
      }
      const response = await options.fetch(`${url.origin}${url.pathname}`, { method: 'POST', body: form });
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(`simulator: consent answered ${response.status}: ${await response.text()}`);
      return location;
    },
    configure,
    setLatencyMs: (latencyMs) => configure({ latencyMs }),
    setTokenLife: configure,
    reset() {
      for (const part of [grants, population, rateLimit]) part.reset();
      faults.clear();
      journal.clear();
      stateFile.clear();
      Object.assign(settings, initialSettings);
    },
  };
}

import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Observer } from '../observe.ts';
import type { ConnectDependencies } from '../services/complete-connect.ts';
import type { DisconnectDependencies } from '../services/disconnect-store.ts';
import type { EraseDependencies } from '../services/erase.ts';
import type { ExportDependencies } from '../services/export-rows.ts';
import type { FailureLimit } from '../services/limit-failures.ts';
import type { WebhookDependencies } from '../services/manage-webhooks.ts';
import type { getSettings } from '../services/read-settings.ts';
import type { TodayDependencies } from '../services/read-today.ts';
import type { startConnect } from '../services/start-connect.ts';
import type { FleetWatch } from '../services/watch-fleet.ts';
import type { SignInWatch } from '../services/watch-sign-ins.ts';

/** All that the HTTP side needs; compose.ts puts it together. */
export type HttpDependencies = ConnectDependencies &
  DisconnectDependencies &
  EraseDependencies &
  ExportDependencies &
  WebhookDependencies &
  Parameters<typeof startConnect>[0] &
  Parameters<typeof getSettings>[0] & {
    clock: Clock;
    logger: Logger;
    /** Where numbers are read: a replica, which may be behind, or `db` itself. */
    readDb: ExportDependencies['db'];
    publicUrl: string;
    /** Where the connect form's redirect may lead: the CSP names it. */
    tiktokOrigin: string;
    clientKey: string;
    clientSecret: string;
    /** True when TikTok is a stand-in: every page says so. */
    simulated: boolean;
    localTime: string;
    /** TikTok's limit per endpoint: forecasts are made from it. */
    requestsPerMinute: number;
    timezone: string;
    readQueue: TodayDependencies['readQueue'];
    readCoverage: TodayDependencies['readCoverage'];
    processId: string;
    /** Whether each role of this process does its work. */
    roles: Readonly<Record<string, () => boolean>>;
    observe: Observer;
    /** This process and the whole installation in Prometheus' text format. */
    metrics: { read(): Promise<{ text: string; contentType: string }> };
    isUnavailable: (error: unknown) => boolean;
    /** Aborts when this process is about to end. */
    stopping: AbortSignal;
  };

/** With what createApp adds: wrong proofs are counted per app, and all consoles watch with one pair of eyes. */
export type GuardedDependencies = HttpDependencies & {
  failures: FailureLimit;
  watch: FleetWatch;
  signIns: SignInWatch;
};

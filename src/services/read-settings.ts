import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { type Heartbeat, listHeartbeats } from '../db/heartbeats.ts';
import { readSchemaState, type SchemaState } from '../db/migration-state.ts';
import { countAccountsByKeyId } from '../db/tiktok-accounts.ts';
import type { KeepChoice } from '../domain/retention.ts';
import type { TokenSpool } from '../spool/token-spool.ts';

/** What this process was configured with, without anything secret: made by describe-config.ts, shown to admins. */
export interface Configured {
  production: boolean;
  roles: readonly string[];
  publicUrl: string;
  tiktok: {
    authUrl: string;
    apiUrl: string;
    redirectUri: string;
    simulated: boolean;
    hasClientKey: boolean;
    hasClientSecret: boolean;
    requestsPerMinute: number;
  };
  /** The first one encrypts. */
  tokenKeyIds: readonly string[];
  sync: { cron: string; localTime: string; timezone: string; concurrency: number };
  notices: { webhook: { signed: boolean } | null; emailRecipients: number };
  keep: KeepChoice;
  embeddedDatabase: boolean;
  databaseTimeoutMs: number;
  logLevel: string;
  versions: { harian: string; node: string };
  /** When days are looked for next. */
  nextTicks: (count: number) => Promise<Date[]>;
}

export interface LiveProcess extends Heartbeat {
  /** The one that answers. */
  isThis: boolean;
  /** Seen lately. */
  isLive: boolean;
}

export interface Settings {
  configured: Configured;
  nextTicks: Date[];
  processes: LiveProcess[];
  /** Of every key that is in the ring, or has accounts; one that is not in the ring cannot be decrypted. */
  tokenKeys: { id: string; accounts: number; inRing: boolean }[];
  /** Token pairs that wait for the database on this machine; null when the directory cannot be read. */
  spooled: number | null;
  schema: SchemaState;
}

const ticksShown = 3;
const processesShown = 100;
/** As readiness sees it. */
const seenWithinMs = 15_000;

/** What is configured, and what runs with it. */
export async function getSettings(deps: {
  db: Database;
  clock: Clock;
  processId: string;
  spool: Pick<TokenSpool, 'list'>;
  configured: Configured;
}): Promise<Settings> {
  const { db, configured, processId, spool } = deps;
  const [beats, counts, schema, spooled, nextTicks] = await Promise.all([
    listHeartbeats(db, processesShown),
    countAccountsByKeyId(db),
    readSchemaState(db),
    spool.list().then(
      (files) => files.length,
      () => null,
    ),
    configured.nextTicks(ticksShown),
  ]);
  const since = new Date(deps.clock.now().getTime() - seenWithinMs);
  const accountsOf = new Map(counts.map(({ keyId, accounts }) => [keyId, accounts]));
  const keyIds = new Set([...configured.tokenKeyIds, ...accountsOf.keys()]);
  return {
    configured,
    nextTicks,
    processes: beats.map((beat) => ({ ...beat, isThis: beat.processId === processId, isLive: beat.seenAt >= since })),
    tokenKeys: [...keyIds].map((id) => ({
      id,
      accounts: accountsOf.get(id) ?? 0,
      inRing: configured.tokenKeyIds.includes(id),
    })),
    spooled,
    schema,
  };
}

import type { Database } from '../db/client.ts';
import { countLiveElsewhere } from '../db/heartbeats.ts';
import { isMigrated } from '../db/migration-state.ts';
import { isWritable } from '../db/writable.ts';
import { type Coverage, type CoverageDependencies, getOverdue } from './read-coverage.ts';

export interface Readiness {
  ready: boolean;
  checks: Record<string, 'ok' | 'failing'>;
  /** Other processes whose worker, or scheduler, did something lately; null when the database cannot tell. */
  fleet: { workers: number; schedulers: number } | null;
  /** Today's days; null when the database cannot tell. */
  coverage: (Coverage & { overdue: number }) | null;
}

export interface ReadinessDependencies extends CoverageDependencies {
  /** Another database than `db` is checked on its own. */
  readDb: Database;
  processId: string;
  /** Whether each role this process was asked for does its work. */
  roles: Readonly<Record<string, () => boolean>>;
}

/** A process that beats every 5 s and was not seen for so long is gone, or hangs. */
const seenWithinMs = 15_000;
/** A scheduler looks every ten seconds, and is written down with a heartbeat of its process. */
const schedulerWithinMs = 30_000;

/** Anybody may ask, as often as they like: the day is counted once in so long. */
const coverageMs = 2_000;

/** Counts today's days; null when the database cannot tell. What it found is good for a moment. */
function rememberCoverage(deps: ReadinessDependencies): () => Promise<Readiness['coverage']> {
  let latest: { coverage: Promise<Readiness['coverage']>; untilMs: number } | undefined;
  return () => {
    const now = performance.now();
    if (latest === undefined || now >= latest.untilMs) {
      latest = { coverage: coverageOfToday(deps).catch(() => null), untilMs: now + coverageMs };
    }
    return latest.coverage;
  };
}

/**
 * Whether every role of this process, and what it needs, works. What other processes do, and how the day goes, is told
 * beside it and decides nothing. Never throws: what cannot be checked is failing.
 */
export function createReadinessCheck(deps: ReadinessDependencies): () => Promise<Readiness> {
  const readCoverage = rememberCoverage(deps);
  return () => checkReadiness(deps, readCoverage);
}

async function checkReadiness(
  deps: ReadinessDependencies,
  readCoverage: () => Promise<Readiness['coverage']>,
): Promise<Readiness> {
  const { db, readDb, processId } = deps;
  // At once: a database that does not answer is waited for once, not three times.
  const [migrated, writable, readable, fleet, coverage] = await Promise.all([
    isMigrated(db).catch(() => null),
    isWritable(db).catch(() => false),
    readDb === db ? null : isMigrated(readDb).catch(() => false),
    countLiveElsewhere(db, { processId, withinMs: seenWithinMs, schedulerWithinMs }).catch(() => null),
    readCoverage(),
  ]);
  const state = (ok: boolean) => (ok ? 'ok' : 'failing');
  const checks: Readiness['checks'] = {
    database: state(migrated !== null && writable),
    migrations: state(migrated === true),
    ...(readable !== null && { read_database: state(readable) }),
  };
  for (const [role, works] of Object.entries(deps.roles)) checks[role] = state(works());
  return { ready: Object.values(checks).every((check) => check === 'ok'), checks, fleet, coverage };
}

async function coverageOfToday(deps: ReadinessDependencies): Promise<Readiness['coverage']> {
  const coverage = await deps.readCoverage(null);
  return { ...coverage, overdue: await getOverdue(deps, coverage.date) };
}

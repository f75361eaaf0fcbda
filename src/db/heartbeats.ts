import { asc, eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { heartbeats } from './schema.ts';

const secondsAgo = (ms: number | null) =>
  ms === null ? sql`null` : sql`now() - make_interval(secs => ${ms / 1000}::double precision)`;

/** A process says that it lives, and how long ago its worker and its scheduler last did something; null: not at all. */
export async function upsertHeartbeat(
  db: Database,
  beat: {
    processId: string;
    roles: readonly string[];
    startedAt: Date;
    workerAgeMs: number | null;
    schedulerAgeMs: number | null;
  },
): Promise<void> {
  // The database's clock counts: several machines read these.
  const seen = {
    seenAt: sql`now()`,
    workerSeenAt: secondsAgo(beat.workerAgeMs),
    schedulerSeenAt: secondsAgo(beat.schedulerAgeMs),
  };
  await db
    .insert(heartbeats)
    .values({ processId: beat.processId, roles: [...beat.roles], startedAt: beat.startedAt, ...seen })
    .onConflictDoUpdate({ target: heartbeats.processId, set: seen });
}

export async function deleteHeartbeat(db: Database, processId: string): Promise<void> {
  await db.delete(heartbeats).where(eq(heartbeats.processId, processId));
}

/** How many other processes live and have a worker, and a scheduler, that did something lately, each in its own measure. */
export async function countLiveElsewhere(
  db: Database,
  options: { processId: string; withinMs: number; schedulerWithinMs: number },
): Promise<{ workers: number; schedulers: number }> {
  const since = secondsAgo(options.withinMs);
  const result = await db.execute<{ workers: number; schedulers: number }>(sql`
    select count(*) filter (where worker_seen_at > ${since})::int as workers,
      count(*) filter (where scheduler_seen_at > ${secondsAgo(options.schedulerWithinMs)})::int as schedulers
    from heartbeats where process_id <> ${options.processId}::uuid and seen_at > ${since}`);
  return result.rows[0] ?? { workers: 0, schedulers: 0 };
}

export type Heartbeat = typeof heartbeats.$inferSelect;

/** Up to `limit` processes, the eldest first; those that are gone stay a while. */
export const listHeartbeats = (db: Database, limit: number): Promise<Heartbeat[]> =>
  db.select().from(heartbeats).orderBy(asc(heartbeats.startedAt), asc(heartbeats.processId)).limit(limit);

import { and, eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { circuitBreakers } from './schema.ts';

// One row per endpoint, shared by all processes; the database's clock counts.

const inMs = (ms: number) => sql`clock_timestamp() + make_interval(secs => ${ms / 1000}::double precision)`;

const isOpen = (endpoint: string) => and(eq(circuitBreakers.endpoint, endpoint), eq(circuitBreakers.state, 'open'));

/** False when it was open already. */
export async function openBreaker(db: Database, breaker: { endpoint: string; probeAfterMs: number }): Promise<boolean> {
  const opened = {
    state: 'open' as const,
    openedAt: sql`clock_timestamp()`,
    probeAt: inMs(breaker.probeAfterMs),
    failedProbes: 0,
    updatedAt: sql`clock_timestamp()`,
  };
  const rows = await db
    .insert(circuitBreakers)
    .values({ endpoint: breaker.endpoint, ...opened })
    .onConflictDoUpdate({
      target: circuitBreakers.endpoint,
      set: opened,
      setWhere: eq(circuitBreakers.state, 'closed'),
    })
    .returning({ endpoint: circuitBreakers.endpoint });
  return rows.length === 1;
}

/** The right to send one request through an open breaker. `failedProbes` fences it. */
export interface Probe {
  endpoint: string;
  failedProbes: number;
}

/** One caller of the whole fleet gets it when its time has come; for the others it is not due before `leaseMs` are over. */
export async function takeProbe(db: Database, probe: { endpoint: string; leaseMs: number }): Promise<Probe | null> {
  const rows = await db
    .update(circuitBreakers)
    .set({ probeAt: inMs(probe.leaseMs), updatedAt: sql`clock_timestamp()` })
    .where(and(isOpen(probe.endpoint), sql`${circuitBreakers.probeAt} <= clock_timestamp()`))
    .returning({ endpoint: circuitBreakers.endpoint, failedProbes: circuitBreakers.failedProbes });
  return rows[0] ?? null;
}

/** TikTok still does not answer: the next probe is due after `delayMs`. */
export async function failProbe(db: Database, probe: Probe, delayMs: number): Promise<void> {
  await db
    .update(circuitBreakers)
    .set({ probeAt: inMs(delayMs), failedProbes: probe.failedProbes + 1, updatedAt: sql`clock_timestamp()` })
    .where(and(isOpen(probe.endpoint), eq(circuitBreakers.failedProbes, probe.failedProbes)));
}

/** A probe that was not sent: somebody else may, after `delayMs`. */
export async function returnProbe(db: Database, probe: Probe, delayMs: number): Promise<void> {
  await db
    .update(circuitBreakers)
    .set({ probeAt: inMs(delayMs), updatedAt: sql`clock_timestamp()` })
    .where(and(isOpen(probe.endpoint), eq(circuitBreakers.failedProbes, probe.failedProbes)));
}

/** Returns since when it was open; null when somebody closed it before. */
export async function closeBreaker(db: Database, endpoint: string): Promise<Date | null> {
  const rows = await db
    .update(circuitBreakers)
    .set({ state: 'closed', probeAt: null, failedProbes: 0, updatedAt: sql`clock_timestamp()` })
    .where(isOpen(endpoint))
    .returning({ openedAt: circuitBreakers.openedAt });
  return rows[0]?.openedAt ?? null;
}

/** How long until the next probe of an open breaker, negative when one is due; null when it is closed. */
export async function readProbeWaitMs(db: Database, endpoint: string): Promise<number | null> {
  const rows = await db
    .select({
      waitMs: sql<number>`(extract(epoch from ${circuitBreakers.probeAt} - clock_timestamp()) * 1000)::double precision`,
    })
    .from(circuitBreakers)
    .where(isOpen(endpoint));
  return rows[0]?.waitMs ?? null;
}

export interface OpenBreaker {
  endpoint: string;
  openedAt: Date | null;
  probeAt: Date | null;
}

/** The breaker that has been open for longest; null when all are closed. */
export async function findOpenBreaker(db: Database): Promise<OpenBreaker | null> {
  const rows = await db
    .select({
      endpoint: circuitBreakers.endpoint,
      openedAt: circuitBreakers.openedAt,
      probeAt: circuitBreakers.probeAt,
    })
    .from(circuitBreakers)
    .where(eq(circuitBreakers.state, 'open'))
    .orderBy(circuitBreakers.openedAt)
    .limit(1);
  return rows[0] ?? null;
}

import { readProbeWaitMs, returnProbe, takeProbe } from '../db/circuit-breakers.ts';
import type { Database } from '../db/client.ts';
import { bookRequests } from '../db/request-budgets.ts';
import { probeLeaseMs } from '../domain/circuit-breaker.ts';
import { requestPace } from '../domain/request-pace.ts';
import type { Logger } from '../logger.ts';
import { type Observer, unobserved } from '../observe.ts';
import type { DisplayEndpoint, RequestBudget, RequestCaller } from '../tiktok/budget.ts';
import { type CircuitBreaker, createCircuitBreaker, isSilence } from './circuit-breaker.ts';
import { createServerClock } from './server-clock.ts';
import { type Booked, createTurnstile, type Permit, type Turnstile, type Visitor } from './turnstile.ts';

export interface RequestBudgetOptions {
  db: Database;
  requestsPerMinute: number;
  logger: Logger;
  observe?: Observer;
  /** In [0, 1). */
  random: () => number;
  /** Aborts when this process has no more time for TikTok: who still waits then gets StoppingError. */
  stopping: AbortSignal;
  /** TikTok's minute; a test may take a shorter one, in which `requestsPerMinute` then holds. */
  windowMs?: number;
  /** How long a caller waits in place while TikTok does not answer. */
  patienceMs?: number;
}

/** Leave to refresh a token. Its refresh is noted by `watch`; without one, `end` lets another caller probe. */
export interface TokenPass {
  /** Runs the refresh and notes what came of it. */
  watch<T>(refresh: () => Promise<T>): Promise<T>;
  /** True when the refresh was a probe that failed: TikTok is still down, and no attempt is to be counted. */
  probeFailed(): boolean;
  end(): Promise<void>;
}

export interface TikTokRequests extends RequestBudget {
  /**
   * Waits while the token endpoint does not answer; TikTok names no limit for it. Ask before the intent to refresh is
   * written. Rejects as `send` does.
   */
  enterToken(caller: RequestCaller & { signal?: AbortSignal | undefined }): Promise<TokenPass>;
}

/** Somebody else may try this soon when a probe was not sent. */
const returnedProbeMs = 1_000;
const defaultPatienceMs = 5 * 60_000;
/** The token endpoint has no limit to ask for: one look at its breaker is for so many more who refresh within such a time. */
const tokenSpare = 8;
const tokenGraceMs = 100;
/** A slow answer may push bookings ahead by no more than this. */
const maxLeadMs = 5_000;

interface Gate {
  turnstile: Turnstile;
  breaker: CircuitBreaker;
}

/**
 * TikTok's limit and whether it answers at all, shared by all processes through the database. Callers hold no
 * connection while they wait. Rejects with the caller's abort reason, StoppingError, CircuitOpenError when TikTok stays
 * silent for minutes, or what the database threw.
 */
export function createRequestBudget(options: RequestBudgetOptions): TikTokRequests {
  const { db, observe = unobserved } = options;
  const pace = requestPace(options.requestsPerMinute, options.windowMs);
  const gates = new Map<string, Gate>();

  const bookDisplay = (endpoint: DisplayEndpoint) => {
    const clock = createServerClock();
    let leadMs = 0;
    return async (wanted: { person: number; routine: number; evenIfOpen: boolean }): Promise<Booked> => {
      const askedMs = leadMs;
      const booking = await bookRequests(db, { ...wanted, ...pace, endpoint, leadMs });
      const { offsetMs, delayMs } = clock.observe(performance.now(), booking.nowMs);
      // Where answers are too slow for moments that are near, only later ones can be met.
      leadMs = delayMs > pace.graceMs ? Math.min(delayMs, maxLeadMs) : 0;
      const firstMs = booking.firstMs + offsetMs;
      const at = (index: number) => firstMs + index * pace.intervalMs;
      // Not from when the answer came: one that is late has had its moment, and is forfeited like any other.
      const soonMs = booking.nowMs + Math.min(delayMs, askedMs) + offsetMs;
      const reserved = Array.from({ length: booking.reserved }, () => soonMs);
      // Half a horizon before the first moment that is not ours; the jitter keeps processes from asking in step.
      const comeBackAtMs = at(booking.count) - (pace.horizonMs / 2) * (1 + options.random() / 4);
      return {
        probeWaitMs: booking.probeWaitMs,
        moments: [...reserved, ...Array.from({ length: booking.count }, (_, index) => at(index))],
        comeBackAtMs,
      };
    };
  };
  const bookToken = async (wanted: { person: number; routine: number }): Promise<Booked> => {
    const probeWaitMs = await readProbeWaitMs(db, 'token');
    const now = performance.now();
    const moments = Array.from({ length: wanted.person + wanted.routine + tokenSpare }, () => now);
    return { probeWaitMs, moments, comeBackAtMs: now };
  };

  const gateOf = (endpoint: DisplayEndpoint | 'token'): Gate => {
    const known = gates.get(endpoint);
    if (known) return known;
    const { logger, random, stopping } = options;
    const breaker = createCircuitBreaker({ db, endpoint, logger, random, onChange: () => turnstile.wake() });
    const turnstile = createTurnstile({
      book: endpoint === 'token' ? bookToken : bookDisplay(endpoint),
      takeProbe: () => takeProbe(db, { endpoint, leaseMs: probeLeaseMs }),
      returnProbe: (probe) => returnProbe(db, probe, returnedProbeMs),
      onClosed: () => breaker.closed(),
      graceMs: endpoint === 'token' ? tokenGraceMs : pace.graceMs,
      patienceMs: options.patienceMs ?? defaultPatienceMs,
      logger,
      stopping,
    });
    const gate = { turnstile, breaker };
    gates.set(endpoint, gate);
    return gate;
  };

  const enter = async (endpoint: DisplayEndpoint | 'token', visitor: Visitor): Promise<Permit> => {
    const startedAt = performance.now();
    try {
      return await gateOf(endpoint).turnstile.enter(visitor);
    } finally {
      observe.turnAwaited(endpoint, performance.now() - startedAt);
    }
  };

  return {
    async send(endpoint, caller, send) {
      const { breaker } = gateOf(endpoint);
      const visitor: Visitor = { lane: caller.lane, signal: caller.signal, patienceMs: caller.patienceMs };
      for (;;) {
        const permit = await enter(endpoint, visitor);
        const outcome = await attempt(breaker, permit, caller.storeCode, send);
        if ('value' in outcome) return outcome.value;
        // A failed probe was ours to make, not the store's to pay for: it goes on waiting.
        if (!permit.probe || !isSilence(outcome.error)) throw outcome.error;
      }
    },
    async enterToken(caller) {
      const { breaker } = gateOf('token');
      const permit = await enter('token', { lane: caller.lane, signal: caller.signal });
      let probeFailed = false;
      let sent = false;
      return {
        async watch(refresh) {
          sent = true;
          const outcome = await attempt(breaker, permit, caller.storeCode, refresh);
          if ('value' in outcome) return outcome.value;
          probeFailed = permit.probe !== null && isSilence(outcome.error);
          throw outcome.error;
        },
        probeFailed: () => probeFailed,
        async end() {
          if (permit.probe && !sent) await returnProbe(db, permit.probe, 0);
        },
      };
    },
  };
}

/** Sends, and notes at the breaker what came of it. */
async function attempt<T>(
  breaker: CircuitBreaker,
  permit: Permit,
  storeCode: string,
  send: () => Promise<T>,
): Promise<{ value: T } | { error: unknown }> {
  const request = { storeCode, probe: permit.probe };
  let value: T;
  try {
    value = await send();
  } catch (error) {
    await breaker.note(request, error);
    return { error };
  }
  await breaker.note(request, null);
  return { value };
}

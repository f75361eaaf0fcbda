import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from '../db/circuit-breakers.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { RequestLane } from '../tiktok/budget.ts';
import { StoppingError } from './stopping.ts';

/** TikTok has not answered for as long as this caller may wait. No attempt was made. */
export class CircuitOpenError extends Error {
  readonly code = 'CIRCUIT_OPEN';

  constructor() {
    super('TikTok does not answer at the moment');
    this.name = 'CircuitOpenError';
  }
}

/** What one look at the shared state gave this process. Moments are on `performance.now()`'s clock. */
export interface Booked {
  /** How long until an open breaker may be probed, 0 when it may now; null when it is closed. */
  probeWaitMs: number | null;
  /** When requests may leave, ascending. */
  moments: number[];
  /** When to come back for those that are not among them. */
  comeBackAtMs: number;
}

export interface TurnstileOptions {
  book(wanted: { person: number; routine: number; evenIfOpen: boolean }): Promise<Booked>;
  takeProbe(): Promise<Probe | null>;
  returnProbe(probe: Probe): Promise<void>;
  /** Called when a breaker that was seen open is seen closed. */
  onClosed(): void;
  /** A permit later than this is forfeited. */
  graceMs: number;
  /** How long a caller that does not say so waits in place while TikTok does not answer. It holds no transaction meanwhile. */
  patienceMs: number;
  logger: Logger;
  stopping: AbortSignal;
}

/** One who waits. `refuseAtMs` is set when it first meets an open breaker, and kept over its tries. */
export interface Visitor {
  lane: RequestLane;
  signal?: AbortSignal | undefined;
  patienceMs?: number | undefined;
  refuseAtMs?: number | undefined;
}

/** Leave to send one request now; `probe` is set when it shall tell whether TikTok answers again. */
export interface Permit {
  probe: Probe | null;
}

export interface Turnstile {
  /** Rejects with the visitor's abort reason, StoppingError, CircuitOpenError, or what the database threw. */
  enter(visitor: Visitor): Promise<Permit>;
  /** The shared state has changed: what was booked before does not count, look again. */
  wake(): void;
}

/** How often a process looks whether another one's probe has succeeded. */
const lookAgainMs = 2_000;

interface Waiter extends Visitor {
  admit(permit: Permit): void;
  refuse(reason: unknown): void;
}

/**
 * The callers of one process before one endpoint. Permits belong to nobody until their moment has come: then the first
 * person, else the first other caller, goes; while nobody waits, whoever comes. What is not used within its grace is lost.
 */
export function createTurnstile(options: TurnstileOptions): Turnstile {
  const lanes: Record<RequestLane, Set<Waiter>> = { person: new Set(), routine: new Set() };
  let permits: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let booking = false;
  let open = false;
  let woken = false;
  /** Of the shared state, by this process: what was booked before does not count. */
  let changes = 0;
  let pause = new AbortController();

  const first = (): Waiter | undefined => {
    const [waiter] = lanes.person.size > 0 ? lanes.person : lanes.routine;
    return waiter;
  };
  const waiting = () => lanes.person.size + lanes.routine.size;
  const wake = () => {
    woken = true;
    pause.abort();
  };
  const refuseAll = (reason: unknown) => {
    for (const waiter of [...lanes.person, ...lanes.routine]) waiter.refuse(reason);
  };

  const rest = async (ms: number) => {
    if (woken) return;
    pause = new AbortController();
    await sleep(Math.max(1, ms), undefined, { signal: pause.signal }).catch(() => undefined);
  };

  const release = () => {
    const now = performance.now();
    // A timer may fire a little early.
    while (permits[0] !== undefined && permits[0] <= now + 1) {
      const late = now - permits[0] > options.graceMs;
      const waiter = late ? undefined : first();
      if (!late && !waiter) break;
      permits.shift();
      waiter?.admit({ probe: null });
    }
    schedule();
    keepBooking();
  };
  const schedule = () => {
    clearTimeout(timer);
    if (permits[0] !== undefined && waiting() > 0) timer = setTimeout(release, permits[0] - performance.now());
  };

  /** One look at an open breaker: sends a probe if that is due and nobody else does, then waits. */
  const besiege = async (probeWaitMs: number) => {
    open = true;
    permits = [];
    const now = performance.now();
    for (const waiter of [...lanes.person, ...lanes.routine]) {
      waiter.refuseAtMs ??= now + (waiter.patienceMs ?? options.patienceMs);
      // One without patience may still be the probe that is due.
      if (waiter.refuseAtMs <= now && probeWaitMs > 0) waiter.refuse(new CircuitOpenError());
    }
    if (waiting() === 0) return;
    if (probeWaitMs <= 0) await sendProbe();
    else await rest(Math.min(probeWaitMs, lookAgainMs));
  };
  const sendProbe = async () => {
    const probe = await options.takeProbe();
    if (!probe) return;
    const { moments } = await options.book({ person: 1, routine: 0, evenIfOpen: true });
    const [moment] = moments;
    if (moment !== undefined) await sleep(Math.max(1, moment - performance.now()));
    const waiter = first();
    if (moment === undefined || !waiter) await options.returnProbe(probe);
    else waiter.admit({ probe });
  };

  const book = async () => {
    while (waiting() > permits.length) {
      // Those who ask in the same moment are booked together.
      await Promise.resolve();
      woken = false;
      const missing = waiting() - permits.length;
      const person = Math.min(lanes.person.size, missing);
      const changesBefore = changes;
      const booked = await options.book({ person, routine: missing - person, evenIfOpen: false });
      if (changes !== changesBefore) continue;
      if (booked.probeWaitMs !== null) {
        await besiege(booked.probeWaitMs);
        continue;
      }
      if (open) {
        open = false;
        for (const waiter of [...lanes.person, ...lanes.routine]) waiter.refuseAtMs = undefined;
        options.onClosed();
      }
      permits = [...permits, ...booked.moments].sort((a, b) => a - b);
      release();
      if (waiting() > permits.length) await rest(booked.comeBackAtMs - performance.now());
    }
  };
  const keepBooking = () => {
    if (booking || waiting() <= permits.length) return;
    booking = true;
    book()
      .catch((error: unknown) => {
        options.logger.warn('requests could not be booked', { error_code: errorCodeOf(error) });
        refuseAll(error);
      })
      .finally(() => {
        booking = false;
        keepBooking();
      });
  };

  options.stopping.addEventListener('abort', () => {
    refuseAll(new StoppingError());
    wake();
  });

  return {
    wake() {
      changes += 1;
      permits = [];
      wake();
    },
    enter(visitor) {
      const { signal, lane } = visitor;
      const { promise, resolve, reject } = Promise.withResolvers<Permit>();
      const leave = () => {
        lanes[lane].delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        visitor.refuseAtMs = waiter.refuseAtMs;
      };
      const waiter: Waiter = {
        ...visitor,
        admit(permit) {
          leave();
          resolve(permit);
        },
        refuse(reason) {
          leave();
          reject(reason);
        },
      };
      const onAbort = () => waiter.refuse(signal?.reason);
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (options.stopping.aborted) return Promise.reject(new StoppingError());
      signal?.addEventListener('abort', onAbort, { once: true });
      lanes[lane].add(waiter);
      // Somebody waits for it: the reserve may have something at once.
      if (lane === 'person') wake();
      release();
      return promise;
    },
  };
}

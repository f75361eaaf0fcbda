import { closeBreaker, failProbe, openBreaker, type Probe } from '../db/circuit-breakers.ts';
import type { Database } from '../db/client.ts';
import { createFailureStreak, probeDelayMs } from '../domain/circuit-breaker.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { TikTokError } from '../tiktok/errors.ts';

/** What one process has seen of one endpoint, and what it tells the others through the database. */
export interface CircuitBreaker {
  /** Notes what came of a request. Never throws: the request's own outcome must not be lost. */
  note(request: { storeCode: string; probe: Probe | null }, error: unknown): Promise<void>;
  /** The shared breaker, which this process saw open, is closed again. */
  closed(): void;
}

/** No answer of TikTok's own: 5xx, timeout, reset, unreadable. A 4xx or 429 is an answer. */
export const isSilence = (error: unknown): boolean => error instanceof TikTokError && error.kind === 'transient';

export function createCircuitBreaker(options: {
  db: Database;
  endpoint: string;
  logger: Logger;
  random: () => number;
  /** Called after this process changed the shared state. */
  onChange: () => void;
}): CircuitBreaker {
  const { db, endpoint, logger, random, onChange } = options;
  const streak = createFailureStreak();
  let openedHere = false;

  const close = async () => {
    const openedAt = await closeBreaker(db, endpoint);
    openedHere = false;
    if (openedAt === null) return;
    logger.info('TikTok answers again, circuit closed', { endpoint, duration_ms: Date.now() - openedAt.getTime() });
    onChange();
  };
  const open = async () => {
    if (!(await openBreaker(db, { endpoint, probeAfterMs: probeDelayMs(0, random()) }))) return;
    openedHere = true;
    logger.error('TikTok does not answer, circuit opened', { endpoint });
    onChange();
  };

  const act = async (request: { storeCode: string; probe: Probe | null }, error: unknown) => {
    if (isSilence(error)) {
      if (request.probe) {
        await failProbe(db, request.probe, probeDelayMs(request.probe.failedProbes + 1, random()));
        onChange();
      } else if (streak.fail(request.storeCode)) await open();
      return;
    }
    if (error === null) streak.reset();
    // Whatever TikTok said to a probe, it said something. What is no TikTokError was not said by it.
    if (request.probe && (error === null || error instanceof TikTokError)) await close();
  };

  return {
    async note(request, error) {
      try {
        await act(request, error);
      } catch (failure) {
        logger.warn('circuit breaker could not be written', { endpoint, error_code: errorCodeOf(failure) });
      }
    },
    closed() {
      if (openedHere) streak.overrule();
      else streak.reset();
      openedHere = false;
    },
  };
}

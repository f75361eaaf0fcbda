import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../../src/db/client.ts';
import { createLogger } from '../../../src/logger.ts';
import { createSignInWatch } from '../../../src/services/watch-sign-ins.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A watch on a database that answers every look with the places of those whose sign-in has ended. */
const watchOn = (answer: () => number[]) => {
  const execute = vi.fn(async () => ({ rows: answer().map((place) => ({ place })) }));
  const watch = createSignInWatch({
    db: { execute } as unknown as Database,
    clock: { now: () => new Date() },
    logger: createLogger({ level: 'silent', write: () => undefined, now: () => new Date() }),
    stopping: new AbortController().signal,
  });
  return { watch, execute };
};
const signIn = { keyId: '11111111-2222-4333-8444-555555555555', sessionToken: 'secret' };

test('two hundred open pages cost one query in ten seconds, and none costs none', async () => {
  const { watch, execute } = watchOn(() => []);
  const stops = Array.from({ length: 200 }, () => watch.subscribe(signIn, () => undefined));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(execute.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect(execute.mock.calls.length).toBeLessThanOrEqual(6);

  for (const stop of stops) stop();
  await vi.advanceTimersByTimeAsync(15_000);
  execute.mockClear();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(execute).not.toHaveBeenCalled();
});

test('who is out is told once, within fifteen seconds, and nobody while the database is away', async () => {
  let away = true;
  const { watch } = watchOn(() => {
    if (away) throw new Error('away');
    return [0];
  });
  const told = vi.fn();
  watch.subscribe(signIn, told);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(told).not.toHaveBeenCalled();
  away = false;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(told).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveBeenCalledTimes(1);
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { createLogger } from '../../src/logger.ts';
import { createRequestBudget, type TikTokRequests } from '../../src/services/request-budget.ts';
import { StoppingError } from '../../src/services/stopping.ts';
import { CircuitOpenError } from '../../src/services/turnstile.ts';
import { TikTokError } from '../../src/tiktok/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSqlPool, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

// Two budgets on two pools are two processes, as far as the breaker can tell.

let database: TestDatabase;
let pools: DatabasePool[];
let sql: Sql;
let logs: string[];
let stopping: AbortController;
beforeAll(async () => {
  database = await createTestDatabase();
  pools = [openTestPool(database.url), openTestPool(database.url)];
  sql = openSqlPool(database.url);
});
beforeEach(async () => {
  stopping = new AbortController();
  logs = [];
  // Row by row: a table's lock would meet those of a turnstile that still looks.
  await sql.query('delete from circuit_breakers');
  await sql.query('delete from request_budgets');
});
afterAll(async () => {
  await sql.close();
  await Promise.all(pools.map((pool) => pool.close()));
  await database.drop();
});

const processOf = (index: number, patienceMs?: number) => {
  const db = pools[index]?.db;
  if (!db) throw new Error('no such pool');
  return createRequestBudget({
    db,
    requestsPerMinute: 1_000_000,
    logger: createLogger({ level: 'debug', write: (line) => logs.push(line), now: () => new Date() }),
    random: Math.random,
    stopping: stopping.signal,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
};
const silence = () => new TikTokError({ kind: 'transient', code: 'HTTP_503', httpStatus: 503 });
const caller = (storeCode: string, signal?: AbortSignal) => ({ lane: 'routine' as const, storeCode, signal });
const failing = (budget: TikTokRequests, store: string, error: Error = silence()) =>
  budget.send('user/info', caller(store), () => Promise.reject(error)).catch((thrown: unknown) => thrown);
const open = async (budget: TikTokRequests) => {
  for (let index = 0; index < 10; index++) await failing(budget, `store-${index}`);
};
const row = async () =>
  (
    await sql.query<{ state: string; failed_probes: number; probe_in: number }>(
      `select state, failed_probes, extract(epoch from probe_at - now())::float as probe_in from circuit_breakers`,
    )
  )[0];
const makeProbeDue = () => sql.query(`update circuit_breakers set probe_at = now() where state = 'open'`);
const events = () => logs.map((line) => JSON.parse(line) as { level: string; event: string; endpoint: string });

test('ten failures in a row of several stores open it, for every process, once', async () => {
  const [mine, others] = [processOf(0), processOf(1)];
  await open(mine);
  expect(await row()).toMatchObject({ state: 'open', failed_probes: 0 });
  let sent = 0;
  const waiting = others.send('user/info', caller('z', AbortSignal.timeout(600)), async () => sent++);
  await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(sent).toBe(0);
  expect(events().filter(({ level }) => level === 'error')).toMatchObject([{ endpoint: 'user/info' }]);
});

test.each([
  ['one store', () => 'only', silence()],
  ['429', (index: number) => `s${index}`, new TikTokError({ kind: 'rate_limited', code: 'HTTP_429', httpStatus: 429 })],
  [
    'a refused token',
    (index: number) => `s${index}`,
    new TikTokError({ kind: 'token_invalid', code: 'x', httpStatus: 401 }),
  ],
  [
    'a bad request',
    (index: number) => `s${index}`,
    new TikTokError({ kind: 'bad_request', code: 'x', httpStatus: 400 }),
  ],
])('%s never opens it', async (_what, storeOf, error) => {
  const budget = processOf(0);
  for (let index = 0; index < 30; index++) expect(await failing(budget, storeOf(index), error)).toBe(error);
  expect(await row()).toBeUndefined();
});

test('a success between them begins the count anew, and another endpoint is not concerned', async () => {
  const budget = processOf(0);
  for (let index = 0; index < 18; index++) {
    await failing(budget, `store-${index}`);
    if (index === 8) await budget.send('user/info', caller('good'), async () => 'ok');
  }
  expect(await row()).toBeUndefined();
  await failing(budget, 'store-x');
  expect(await row()).toMatchObject({ state: 'open' });
  expect(await budget.send('video/list', caller('good'), async () => 'ok')).toBe('ok');
});

test('when a probe is due exactly one caller of all processes asks; its success lets all of them go', async () => {
  const [first, second] = [processOf(0), processOf(1)];
  await open(first);
  const reached = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  let sent = 0;
  const all = Array.from({ length: 10 }, (_, index) =>
    (index % 2 === 0 ? first : second).send('user/info', caller(`w${index}`), async () => {
      sent += 1;
      reached.resolve();
      await answered.promise;
    }),
  );
  await makeProbeDue();
  await reached.promise;
  // Both have looked again by then.
  await expect.poll(async () => (await row())?.probe_in).toBeLessThan(17);
  expect(sent).toBe(1);
  answered.resolve();
  await Promise.all(all);
  expect(sent).toBe(10);
  expect(await row()).toMatchObject({ state: 'closed' });
  expect(events().at(-1)).toMatchObject({ level: 'info', endpoint: 'user/info' });
});

test('a failed probe costs its store nothing: it waits on, and the next probe comes later', async () => {
  const budget = processOf(0);
  await open(budget);
  const answers = [silence(), silence(), null];
  let sent = 0;
  const waiting = budget.send('user/info', caller('w'), async () => {
    const answer = answers[sent++];
    if (answer) throw answer;
    return 'ok';
  });
  for (const failed of [1, 2]) {
    await makeProbeDue();
    await expect.poll(async () => (await row())?.failed_probes).toBe(failed);
    const inSeconds = (await row())?.probe_in ?? 0;
    expect(inSeconds).toBeGreaterThan(5 * 2 ** failed * 0.8 - 1);
    expect(inSeconds).toBeLessThanOrEqual(5 * 2 ** failed);
  }
  await makeProbeDue();
  expect(await waiting).toBe('ok');
  expect(sent).toBe(3);
});

test('an answer of TikTok’s own, be it a refusal, closes it', async () => {
  const budget = processOf(0);
  await open(budget);
  const refusal = new TikTokError({ kind: 'token_invalid', code: 'access_token_invalid', httpStatus: 401 });
  const probing = failing(budget, 'w', refusal);
  await makeProbeDue();
  expect(await probing).toBe(refusal);
  expect(await row()).toMatchObject({ state: 'closed' });
});

test('whoever waits for minutes is let go without having asked; a stop and an abort let go at once', async () => {
  const patient = processOf(0, 100);
  await open(patient);
  await expect(failing(patient, 'w')).resolves.toBeInstanceOf(CircuitOpenError);
  const budget = processOf(1);
  const aborted = new AbortController();
  const [first, second] = [budget.send('user/info', caller('a', aborted.signal), async () => 1), failing(budget, 'b')];
  aborted.abort(new Error('cancelled'));
  await expect(first).rejects.toThrow('cancelled');
  stopping.abort();
  await expect(second).resolves.toBeInstanceOf(StoppingError);
});

test('who has no patience is let go at once, unless a probe is due: then it is the probe, and only one is', async () => {
  const budget = processOf(0);
  await open(budget);
  let sent = 0;
  const ask = (answer: () => Promise<unknown>) => {
    const send = () => {
      sent += 1;
      return answer();
    };
    return budget.send('user/info', { ...caller('w'), patienceMs: 0 }, send).catch((thrown: unknown) => thrown);
  };
  expect(await ask(async () => 'ok')).toBeInstanceOf(CircuitOpenError);
  expect(sent).toBe(0);

  await makeProbeDue();
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => ask(() => Promise.reject(silence()))));
  expect(outcomes.every((outcome) => outcome instanceof CircuitOpenError)).toBe(true);
  expect(sent).toBe(1);
  expect(await row()).toMatchObject({ state: 'open', failed_probes: 1 });

  await makeProbeDue();
  expect(await ask(async () => 'ok')).toBe('ok');
  expect(await row()).toMatchObject({ state: 'closed' });
});

test('a token is asked for only when its endpoint answers, and a pass nobody used leaves the probe to others', async () => {
  const budget = processOf(0, 200);
  for (let index = 0; index < 10; index++) {
    const pass = await budget.enterToken(caller(`s${index}`));
    await expect(pass.watch(() => Promise.reject(silence()))).rejects.toThrow('HTTP_503');
    expect(pass.probeFailed()).toBe(false);
  }
  expect(await row()).toMatchObject({ state: 'open' });
  await expect(budget.enterToken(caller('w'))).rejects.toBeInstanceOf(CircuitOpenError);

  await makeProbeDue();
  await (await budget.enterToken(caller('w'))).end();
  const probe = await budget.enterToken(caller('w'));
  await expect(probe.watch(() => Promise.reject(silence()))).rejects.toThrow('HTTP_503');
  expect(probe.probeFailed()).toBe(true);
  expect(await row()).toMatchObject({ state: 'open', failed_probes: 1 });
});

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planDay } from '../../src/services/plan-day.ts';
import { traced } from '../../src/tracing.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

const exporter = new InMemorySpanExporter();
const spans = () => exporter.getFinishedSpans();
type Span = ReturnType<typeof spans>[number];

let harian: TestHarian;
let driver: StoreDriver;
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  harian = await startTestHarian({ simulator: { accounts: smallAccounts(4) } });
  driver = await createStoreDriver(harian);
});
afterAll(async () => {
  await driver.close();
  await harian.close();
  trace.disable();
  context.disable();
});

const named = (name: string) => spans().filter((span) => span.name === name);
const runOf = (storeCode: string) => named('sync-store').find(({ attributes }) => attributes.store_code === storeCode);
const within = (parent: Span) =>
  spans().filter(
    (span) =>
      span.spanContext().traceId === parent.spanContext().traceId &&
      span.parentSpanContext?.spanId === parent.spanContext().spanId,
  );
const names = (list: Span[]) => list.map(({ name }) => name);

test("a person's resync is one trace: the request, the job's run, each statement and each call of TikTok", async () => {
  const store = await driver.newStore();
  await driver.expireAccessToken(store);
  await driver.sync(store);
  await expect.poll(() => runOf(store.storeCode)).toBeDefined();

  const run = runOf(store.storeCode) as Span;
  const [request] = named('POST /api/stores/:store_code/resync');
  expect(run.spanContext().traceId).toBe(request?.spanContext().traceId);
  expect(run.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(run.attributes).toMatchObject({ status: 'SUCCESS', trigger: 'manual', attempt: 1 });
  const steps = names(within(run));
  expect(steps).toEqual(
    expect.arrayContaining(['POST /v2/oauth/token/', 'GET /v2/user/info/', 'POST /v2/video/list/']),
  );
  // Its begin and its end, and the refresh's intent and pair.
  expect(steps.filter((name) => !name.includes('/')).length).toBeGreaterThanOrEqual(4);
});

test('a run that the schedule planned is a trace of its own, and names the planning that led to it', async () => {
  const store = await driver.newStore();
  await traced('plan', {}, async () => {
    await planDay(harian.harian.deps, 'schedule');
  });
  await expect.poll(() => runOf(store.storeCode), { timeout: 20_000 }).toBeDefined();

  const run = runOf(store.storeCode) as Span;
  const [plan] = named('plan');
  expect(run.parentSpanContext).toBeUndefined();
  expect(run.links.map((link) => link.context.spanId)).toEqual([plan?.spanContext().spanId]);
  expect(run.spanContext().traceId).not.toBe(plan?.spanContext().traceId);
});

test('what fails says its code, and no span says anything that a log may not', async () => {
  const store = await driver.newStore();
  driver.fault(store, { endpoint: 'user/info', kind: 'internal_error', times: null });
  const jobId = await driver.resync(store);
  await driver.untilRunEnded(jobId);
  await expect.poll(() => runOf(store.storeCode)).toBeDefined();

  const tokens = await driver.sql.query<{ secret: string }>(
    `select encode(refresh_token_encrypted, 'hex') as secret from tiktok_accounts`,
  );
  const attributes = new Set(spans().flatMap((span) => Object.keys(span.attributes)));
  const mayBeTold = [
    'attempt',
    'db.system.name',
    'error.type',
    'error_code',
    'http.response.status_code',
    'job_name',
    'snapshot_date',
    'status',
    'store_code',
    'trigger',
  ];
  expect([...attributes].filter((name) => !mayBeTold.includes(name))).toEqual([]);
  expect(runOf(store.storeCode)?.attributes.error_code).toBe('INTERNAL_ERROR');
  for (const span of spans()) {
    const told = JSON.stringify([span.name, span.attributes, span.events, span.status]);
    expect(span.events).toEqual([]);
    for (const secret of [adminKey, store.openId, ...tokens.map(({ secret }) => secret)]) {
      expect(told).not.toContain(secret);
    }
  }
});

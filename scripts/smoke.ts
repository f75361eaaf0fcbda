import { z } from 'zod';
import { fleetReportBody, storeReportBody, typicalCurveBody, videoCurveBody } from '../src/http/report-schemas.ts';
import {
  accountGrowthBody,
  coverageBody,
  growthPageBody,
  jobBody,
  pageBody,
  queueBody,
  readinessBody,
  storeBody,
  syncLogBody,
  userDailyBody,
  videoBody,
  videoDailyBody,
  videoGrowthBody,
} from '../src/http/schemas.ts';
import {
  type Answer,
  checkDescription,
  checkSecurityHeaders,
  must,
  readError,
  readJson,
  readPage,
  Skipped,
  skipUnless,
  WrongAnswer,
} from './smoke/answers.ts';

// Walks the main endpoints of a running instance, read-only: npm run smoke -- URL. Exits 1 at the first that is wrong.

const timeoutMs = 10_000;

type Checks = Record<string, (name: string) => Promise<void>>;

export interface SmokeOptions {
  url: string;
  /** Without one only the open endpoints are walked, and that the others refuse. */
  key: string | null;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  print: (line: string) => void;
}

/** One line per check. False as soon as one is wrong; nothing is asked after that. */
export async function runSmoke({ url, key, fetch, print }: SmokeOptions): Promise<boolean> {
  const origin = new URL(url).origin;
  const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };

  const ask = async (method: string, path: string, headers: Record<string, string>): Promise<Answer> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${origin}${path}`, { method, headers, redirect: 'manual', signal });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  const open: Checks = {
    async '/healthz'(name: string) {
      readJson(await ask('GET', name, {}), 200, z.object({ status: z.literal('ok') }));
    },
    async '/readyz'(name: string) {
      const readiness = readJson(await ask('GET', name, {}), 200, readinessBody);
      must(readiness.ready, 'says that it is not ready');
    },
    async '/openapi.json'(name: string) {
      checkDescription(await ask('GET', name, {}));
    },
    async '/docs'(name: string) {
      const page = readPage(await ask('GET', name, { accept: 'text/html' }));
      must(page.includes('/api/stores/{store_code}/resync'), 'does not describe the API');
    },
    async '/ (sign-in page)'() {
      const page = readPage(await ask('GET', '/', { accept: 'text/html' }));
      must(/<form[^>]+method="post"/i.test(page), 'has no sign-in form');
    },
    async '/ (security headers)'() {
      checkSecurityHeaders(await ask('GET', '/', { accept: 'text/html' }), origin);
    },
    async 'unknown route is 404'() {
      readError(await ask('GET', '/smoke/nothing-here', {}), 404, 'NOT_FOUND');
    },
    async 'wrong method is 405'() {
      const answer = await ask('POST', '/healthz', {});
      readError(answer, 405, 'METHOD_NOT_ALLOWED');
      must(/\bGET\b/.test(answer.headers.get('allow') ?? ''), 'has no Allow header that names GET');
    },
    async '/api/* and /metrics without a key are 401'() {
      for (const path of ['/api/stores', '/api/queue', '/api/nothing-here', '/metrics']) {
        readError(await ask('GET', path, {}), 401, 'UNAUTHORIZED');
      }
    },
  };

  const get = async <T>(path: string, schema: z.ZodType<T>) =>
    readJson(await ask('GET', path, authorization), 200, schema);
  let store: z.infer<typeof storeBody> | undefined;
  let videoId: string | undefined;
  let jobId: string | undefined;
  const signedIn: Checks = {
    async '/api/stores'() {
      const { items } = await get('/api/stores?limit=200', pageBody(storeBody));
      store = items.find(({ last_snapshot_date: day }) => day !== null) ?? items[0];
    },
    async '/api/stores/:store_code'() {
      skipUnless(store !== undefined, 'there is no store');
      const { store_code: code } = await get(`/api/stores/${store.store_code}`, storeBody);
      must(code === store.store_code, 'answers another store');
    },
    async '/api/stores/:store_code/daily'() {
      skipUnless(store !== undefined, 'there is no store');
      const { items } = await get(`/api/stores/${store.store_code}/daily?limit=5`, pageBody(userDailyBody));
      must(store.last_snapshot_date === null || items.length > 0, 'has no day, though a day was read');
    },
    async '/api/stores/:store_code/growth'() {
      skipUnless(store !== undefined, 'there is no store');
      const path = `/api/stores/${store.store_code}/growth?limit=5`;
      const { items, freshness } = await get(path, growthPageBody(accountGrowthBody));
      must(store.last_snapshot_date === null || items.length > 0, 'has no day, though a day was read');
      must(
        store.last_snapshot_date === null || freshness.captured_at !== null,
        'knows no reading, though there is one',
      );
    },
    async '/api/stores/:store_code/videos'() {
      skipUnless(store !== undefined, 'there is no store');
      const { items } = await get(`/api/stores/${store.store_code}/videos?limit=5`, pageBody(videoBody));
      videoId = items[0]?.video_id;
    },
    async '/api/stores/:store_code/videos/:video_id/daily'() {
      skipUnless(store !== undefined && videoId !== undefined, 'there is no video');
      const path = `/api/stores/${store.store_code}/videos/${videoId}/daily?limit=5`;
      must((await get(path, pageBody(videoDailyBody))).items.length > 0, 'has no day');
    },
    async '/api/stores/:store_code/videos/:video_id/growth'() {
      skipUnless(store !== undefined && videoId !== undefined, 'there is no video');
      const path = `/api/stores/${store.store_code}/videos/${videoId}/growth?limit=5`;
      must(
        (await get(path, growthPageBody(videoGrowthBody))).items[0]?.captured_at !== null,
        'does not begin with a reading',
      );
    },
    async '/api/stores/:store_code/videos/:video_id/curve'() {
      skipUnless(store !== undefined && videoId !== undefined, 'there is no video');
      await get(`/api/stores/${store.store_code}/videos/${videoId}/curve`, videoCurveBody);
    },
    async '/api/stores/:store_code/curve'() {
      skipUnless(store !== undefined, 'there is no store');
      await get(`/api/stores/${store.store_code}/curve`, typicalCurveBody);
    },
    async '/api/stores/:store_code/report'() {
      skipUnless(store !== undefined, 'there is no store');
      const { store_code: code } = await get(`/api/stores/${store.store_code}/report`, storeReportBody);
      must(code === store.store_code, 'answers another store');
    },
    async '/api/report'() {
      await get('/api/report?limit=5', fleetReportBody);
    },
    async '/api/queue'(name: string) {
      await get(name, queueBody);
    },
    async '/api/coverage'(name: string) {
      await get(name, coverageBody);
    },
    async '/metrics'(name: string) {
      const { status, headers, text } = await ask('GET', name, authorization);
      must(status === 200, `answers ${status} instead of 200`);
      must(headers.get('content-type')?.startsWith('text/plain') === true, 'is no plain text');
      must(/^harian_fleet_readable 1$/m.test(text), 'does not know the fleet');
    },
    async '/api/sync-logs'() {
      jobId = (await get('/api/sync-logs?limit=5', pageBody(syncLogBody))).items[0]?.job_id;
    },
    async '/api/jobs/:id'() {
      skipUnless(jobId !== undefined, 'no attempt was logged');
      const answer = await ask('GET', `/api/jobs/${jobId}`, authorization);
      // The queue forgets a job long before the log forgets its attempts.
      if (answer.status === 404) readError(answer, 404, 'JOB_NOT_FOUND');
      else must(readJson(answer, 200, jobBody).id === jobId, 'answers another job');
    },
    async 'unknown store is 404'() {
      readError(await ask('GET', '/api/stores/smoke..nothing..here', authorization), 404, 'STORE_NOT_FOUND');
    },
    async 'invalid parameter is 400'() {
      readError(await ask('GET', '/api/stores?limit=none', authorization), 400, 'INVALID_REQUEST');
    },
    async 'wrong method under /api is 405'() {
      const answer = await ask('POST', '/api/queue', authorization);
      readError(answer, 405, 'METHOD_NOT_ALLOWED');
      must(answer.headers.has('allow'), 'has no Allow header');
    },
  };

  for (const [name, check] of Object.entries(key === null ? open : { ...open, ...signedIn })) {
    const startedMs = performance.now();
    const done = (verdict: string) => print(`${verdict} ${name} (${(performance.now() - startedMs).toFixed(0)} ms)`);
    try {
      await check(name);
      done('ok    ');
    } catch (error) {
      if (error instanceof Skipped) {
        done(`skip   ${error.message}:`);
        continue;
      }
      done('WRONG ');
      print(`${name}: ${error instanceof WrongAnswer ? error.message : `no answer (${causeOf(error)})`}`);
      return false;
    }
  }
  if (key === null) print('No key was given, so /api was only seen to refuse: HARIAN_KEY=… npm run smoke -- URL');
  return true;
}

/** A code such as ECONNREFUSED: messages of fetch may quote what was sent. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? String(Reflect.get(cause, 'code') ?? cause.name) : 'unknown';
}

async function main(): Promise<number> {
  const url = process.argv[2] ?? '';
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    console.error('Usage: HARIAN_KEY=… npm run smoke -- URL');
    return 2;
  }
  const key = process.env.HARIAN_KEY || process.env.ADMIN_API_KEY || null;
  return (await runSmoke({ url, key, fetch, print: console.log })) ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();

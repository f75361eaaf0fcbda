import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KnownVideo } from '../../../src/domain/video-presence.ts';
import { askMissingVideos, mostAsked } from '../../../src/services/ask-missing-videos.ts';
import { CircuitOpenError } from '../../../src/services/turnstile.ts';
import { TikTokError } from '../../../src/tiktok/errors.ts';
import type { TikTokVideo } from '../../../src/tiktok/schemas.ts';

const now = () => new Date('2026-11-05T01:00:00Z');
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);
const known = (ids: readonly string[]): KnownVideo[] =>
  ids.map((videoId) => ({ videoId, presence: 'listed', since: null, askedOn: null }));
const video = (id: string): TikTokVideo => ({
  id,
  createdAt: null,
  title: null,
  description: null,
  durationSeconds: null,
  width: null,
  height: null,
  shareUrl: null,
  embedLink: null,
  viewCount: 1,
  likeCount: 1,
  commentCount: 1,
  shareCount: 1,
});

/** A TikTok that knows some ids, and refuses any call with one of `poison` in it. */
function tiktokOf(options: { answers: (id: string) => boolean; poison?: ReadonlySet<string> }) {
  const calls: string[][] = [];
  const query = async (ids: string[]) => {
    calls.push(ids);
    if (ids.some((id) => options.poison?.has(id))) {
      throw new TikTokError({ kind: 'bad_request', code: 'invalid_params', httpStatus: 400 });
    }
    return { videos: ids.filter(options.answers).map(video).reverse(), missingCounters: 0 };
  };
  return { calls, query };
}

test('asks for twenty at once, those that come first first, and never more than ten times', async () => {
  const ids = idsOf(2_000);
  const { calls, query } = tiktokOf({ answers: (id) => id.endsWith('1') });
  const found = await askMissingVideos({ missing: known(ids), now, query });

  expect(calls.map((call) => call.length)).toEqual(Array.from({ length: 10 }, () => 20));
  expect(calls.flat()).toEqual(ids.slice(0, mostAsked));
  expect(found.missing).toHaveLength(2_000);
  expect([...found.sights].filter(([, sight]) => sight === 'answered').map(([id]) => id)).toEqual(
    found.answered.map(({ id }) => id),
  );
  expect(found.sights.size).toBe(mostAsked);
  expect(found.answered).toHaveLength(20);
  expect(found.failure).toBeNull();
});

test('a video that was not asked for is not taken, however TikTok comes to send it', async () => {
  const query = async () => ({ videos: [video('a'), video('foreign'), video('a')], missingCounters: 0 });
  const { answered, sights } = await askMissingVideos({ missing: known(['a', 'b']), now, query });
  expect(answered.map(({ id }) => id)).toEqual(['a']);
  expect([...sights]).toEqual([
    ['a', 'answered'],
    ['b', 'not_answered'],
  ]);
});

test('where one id fails the whole call the others are asked for without it, and nothing is concluded of it', async () => {
  const ids = idsOf(20);
  const { calls, query } = tiktokOf({ answers: (id) => id !== 'v3', poison: new Set(['v7']) });
  const { sights, answered, failure } = await askMissingVideos({ missing: known(ids), now, query });
  expect(calls.length).toBeLessThanOrEqual(10);
  expect(sights.get('v7')).toBe('refused');
  expect(sights.get('v3')).toBe('not_answered');
  expect(answered).toHaveLength(18);
  expect(failure).toBeNull();
});

test('whatever it refuses, a run makes at most ten calls, asks for nobody in vain, and never takes a refusal for an answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 450 }),
      fc.array(fc.nat(449), { maxLength: 450 }),
      fc.integer({ min: 1, max: 7 }),
      async (count, poisoned, every) => {
        const ids = idsOf(count);
        const poison = new Set(poisoned.map((index) => `v${index}`));
        const answers = (id: string) => Number(id.slice(1)) % every === 0;
        const { calls, query } = tiktokOf({ answers, poison });
        const { sights, answered } = await askMissingVideos({ missing: known(ids), now, query });
        expect(calls.length).toBeLessThanOrEqual(10);
        expect(Math.max(...calls.map((call) => call.length))).toBeLessThanOrEqual(20);
        // Something becomes known in every run, else the same ones would stand in the way for ever.
        expect(sights.size).toBeGreaterThan(0);
        for (const [id, sight] of sights) {
          expect(sight).toBe(poison.has(id) ? 'refused' : answers(id) ? 'answered' : 'not_answered');
        }
        expect(new Set(answered.map(({ id }) => id)).size).toBe(answered.length);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  new TikTokError({ kind: 'rate_limited', code: 'rate_limit_exceeded', httpStatus: 429 }),
  new TikTokError({ kind: 'transient', code: 'internal_error', httpStatus: 500 }),
  new TikTokError({ kind: 'token_invalid', code: 'access_token_invalid', httpStatus: 401 }),
  new TikTokError({ kind: 'unknown', code: 'brand_new_code', httpStatus: 400 }),
  new CircuitOpenError(),
])('%s ends it at once: what was learned before is kept', async (failure) => {
  let calls = 0;
  const query = async (ids: string[]) => {
    calls += 1;
    if (calls > 1) throw failure;
    return { videos: ids.map(video), missingCounters: 0 };
  };
  const found = await askMissingVideos({ missing: known(idsOf(60)), now, query });
  expect(calls).toBe(2);
  expect(found.sights.size).toBe(20);
  expect(found.failure).toBe(failure);
});

test('an abort is no answer: it goes on to the caller', async () => {
  const query = async () => {
    throw new DOMException('over', 'AbortError');
  };
  await expect(askMissingVideos({ missing: known(['a']), now, query })).rejects.toThrow('over');
});

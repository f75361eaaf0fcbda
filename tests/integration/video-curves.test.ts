import { randomInt } from 'node:crypto';
import { gte } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DatabasePool, inTransaction } from '../../src/db/client.ts';
import { videoAges, videoDaily } from '../../src/db/schema.ts';
import { insertStoreHistories, type StoreHistory } from '../../src/db/store-history.ts';
import { keepSettledAges } from '../../src/db/video-ages.ts';
import { listAgedCounters } from '../../src/db/video-curves.ts';
import { videoCounters } from '../../src/domain/growth.ts';
import { addDays } from '../../src/domain/snapshot-day.ts';
import { curveAges, curvePoint, neighboursOf, quartilesOf, type TimedValue } from '../../src/domain/video-curve.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openTestPool } from '../support/stores.ts';

// Curves of random videos, as the database looks them up, against the rules in domain/video-curve.ts. GROWTH_SEED repeats
// a run.

const storeCount = 200;
const seed = Number(process.env.GROWTH_SEED ?? randomInt(2 ** 31 - 1));
const [dayMs, start] = [86_400_000, '2026-02-01'];

interface Video {
  /** After the beginning of the store's first day, on its own clock, or before it; null: unknown. */
  postedMs: number | null;
  /** By day, at a minute of the store's own day; a late one after it. */
  readings: { day: number; minute: number; counts: (number | null)[] }[];
}

const anyCount = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 12, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.nat(Number.MAX_SAFE_INTEGER) },
);
const anyVideo: fc.Arbitrary<Video> = fc.record({
  // Often at an hour at which readings are made, so that one falls on an age itself.
  postedMs: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.integer({ min: -2, max: 20 }), fc.nat(2))
        .map(([days, hours]) => days * dayMs + hours * 3_600_000),
    },
    { weight: 6, arbitrary: fc.integer({ min: -30 * dayMs, max: 20 * dayMs }) },
  ),
  readings: fc
    .uniqueArray(
      fc.record({
        day: fc.oneof(fc.nat(16), fc.nat(40), fc.nat(120)),
        minute: fc.oneof(
          fc.nat(2).map((hours) => hours * 60),
          fc.nat(1439),
          fc.integer({ min: 1440, max: 1470 }),
        ),
        counts: fc.tuple(anyCount, anyCount, anyCount, anyCount),
      }),
      { selector: ({ day }) => day, minLength: 0, maxLength: 25 },
    )
    .map((readings) => readings.toSorted((a, b) => a.day - b.day)),
});
const anyStore = fc.record({
  /** Of the store's clock, ahead of UTC. */
  offsetHours: fc.constantFrom(-12, -8, 0, 7, 14),
  videos: fc.array(anyVideo, { minLength: 1, maxLength: 6 }),
});
type Store = typeof anyStore extends fc.Arbitrary<infer One> ? One : never;

let database: TestDatabase;
let pool: DatabasePool;
const stores = fc.sample(anyStore, { numRuns: storeCount, seed });
const codeOf = (store: number) => `c-${store}`;
const idOf = (video: number) => `743712345678901234${video}`;
const atMs = ({ offsetHours }: Store, { day, minute }: { day: number; minute: number }) =>
  Date.parse(start) + day * dayMs + minute * 60_000 - offsetHours * 3_600_000;
const postedAt = ({ offsetHours }: Store, { postedMs }: Video) =>
  postedMs === null ? null : new Date(Date.parse(start) + postedMs - offsetHours * 3_600_000);

beforeAll(async () => {
  console.log(`growth seed ${seed}`);
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  await inTransaction(pool.db, (tx) => insertStoreHistories(tx, stores.map(toHistory)));
}, 60_000);
afterAll(async () => {
  await pool.close();
  await database.drop();
});

function toHistory(store: Store, index: number): StoreHistory {
  const storeCode = codeOf(index);
  return {
    store: { storeCode, name: storeCode, timezone: 'UTC' },
    account: null,
    days: [],
    userDaily: [],
    videos: store.videos.map((video, at) => ({
      storeCode,
      videoId: idOf(at),
      postedAt: postedAt(store, video),
      firstSeenDate: addDays(start, video.readings[0]?.day ?? 0),
    })),
    videoDaily: store.videos.flatMap((video, at) =>
      video.readings.map((reading) => ({
        storeCode,
        videoId: idOf(at),
        snapshotDate: addDays(start, reading.day),
        capturedAt: new Date(atMs(store, reading)),
        viewCount: reading.counts[0] ?? null,
        likeCount: reading.counts[1] ?? null,
        commentCount: reading.counts[2] ?? null,
        shareCount: reading.counts[3] ?? null,
      })),
    ),
    syncLogs: [],
  };
}

/** Oldest first: a late one may have been made after that of the next day. */
const readingsOf = (store: Store, video: Video, counter: number): TimedValue[] =>
  video.readings
    .flatMap((reading) => {
      const value = reading.counts[counter] ?? null;
      return value === null ? [] : [{ atMs: atMs(store, reading), value }];
    })
    .toSorted((a, b) => a.atMs - b.atMs);

async function compareWithRules() {
  const known = { read: 0, interpolated: 0, none: 0 };
  for (const [index, store] of stores.entries()) {
    const points = store.videos.map((video) =>
      curveAges.map((age) => {
        const posted = postedAt(store, video)?.getTime();
        const moment = posted === undefined ? null : posted + age * dayMs;
        return videoCounters.map((_, counter) => {
          const nobody = { before: null, after: null };
          const own = moment === null ? nobody : neighboursOf(readingsOf(store, video, counter), moment);
          return { own, point: curvePoint(own, moment, Date.parse('2030-01-01')) };
        });
      }),
    );
    for (const [at] of store.videos.entries()) {
      const rows = await listAgedCounters(pool.db, codeOf(index), idOf(at));
      const expected = curveAges.flatMap((ageDays, age) =>
        videoCounters.map((counter, place) => {
          const values = points.flatMap((video) => video[age]?.[place]?.point.value ?? []);
          const { own, point } = points[at]?.[age]?.[place] ?? {};
          known[point?.quality ?? 'none'] += 1;
          const above = values.filter((value) => value > (point?.value ?? Number.POSITIVE_INFINITY)).length;
          return {
            ageDays,
            counter,
            typical: quartilesOf(values),
            videos: values.length,
            own: { ...own, value: point?.value ?? null, above },
          };
        }),
      );
      const byCounter = (a: { ageDays: number; counter: string }, b: typeof a) =>
        a.ageDays - b.ageDays || (a.counter < b.counter ? -1 : 1);
      expect(rows.toSorted(byCounter), `${codeOf(index)} ${idOf(at)} of seed ${seed}`).toEqual(
        expected.toSorted(byCounter),
      );
    }
  }
  for (const count of Object.values(known)) expect(count).toBeGreaterThan(10);
}

const settledBefore = (date: string) => ({
  storeCodes: stores.map((_, at) => codeOf(at)),
  settledBefore: new Date(date),
});
const keptAges = async () => {
  const kept = await pool.db.select().from(videoAges);
  return kept.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
};
const keyOf = ({ storeCode, videoId, ageDays }: typeof videoAges.$inferSelect) =>
  `${storeCode} ${videoId} ${String(ageDays).padStart(2, '0')}`;

test('the neighbours of each age, the typical video and the places are those of the rules, looked up or kept', async () => {
  await compareWithRules();
  // In the middle of the histories: some is kept, and what may change is not.
  await keepSettledAges(pool.db, settledBefore('2026-03-01'));
  const early = await keptAges();
  expect(early.length).toBeGreaterThan(100);
  await compareWithRules();
  await pool.db.delete(videoAges);
  await keepSettledAges(pool.db, settledBefore('2027-01-01'));
  const late = await keptAges();
  expect(late.length).toBeGreaterThan(early.length);
  await compareWithRules();
  expect(await keepSettledAges(pool.db, settledBefore('2027-01-01'))).toBe(0);

  // What was kept in the middle is what the end would keep, and rests on what had been read by then alone.
  const keys = new Set(early.map(keyOf));
  expect(late.filter((row) => keys.has(keyOf(row)))).toEqual(early);
  await pool.db.delete(videoAges);
  await pool.db.delete(videoDaily).where(gte(videoDaily.capturedAt, new Date('2026-03-01')));
  await keepSettledAges(pool.db, settledBefore('2026-03-01'));
  expect(await keptAges()).toEqual(early);

  // What was kept is known after its days are deleted, of the one that is asked for too.
  await pool.db.delete(videoDaily);
  const [one] = early.filter(({ viewCount }) => viewCount !== null);
  const rows = await listAgedCounters(pool.db, one?.storeCode ?? '', one?.videoId ?? '');
  const views = rows.find(({ ageDays, counter }) => ageDays === one?.ageDays && counter === 'views');
  expect(views?.own).toMatchObject({ before: null, after: null, value: one?.viewCount });
}, 240_000);

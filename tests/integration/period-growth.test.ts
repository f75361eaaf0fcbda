import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, inTransaction } from '../../src/db/client.ts';
import {
  findBestDays,
  listAccountReadings,
  listVideoReadings,
  type Periods,
  type RankedStore,
  rankStores,
  rankVideos,
} from '../../src/db/period-growth.ts';
import { insertStoreHistories } from '../../src/db/store-history.ts';
import { accountCounters, type GrowthDay, growthOf, videoCounters } from '../../src/domain/growth.ts';
import { daysBetween, periodBefore, periodGrowth, readingsFor } from '../../src/domain/period-growth.ts';
import { addDays } from '../../src/domain/snapshot-day.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  anyHistory,
  type Expected,
  type ExpectedDay,
  expectedOf,
  toStoreHistory,
} from '../support/growth-histories.ts';
import { openTestPool } from '../support/stores.ts';

// Periods of random histories, as the database looks them up, against the rules in domain/period-growth.ts.
// GROWTH_SEED repeats a run.

const storeCount = 400;
const seed = Number(process.env.GROWTH_SEED ?? randomInt(2 ** 31 - 1));

interface Store {
  storeCode: string;
  from: string;
  expected: Expected;
  periods: Periods;
}

let database: TestDatabase;
let pool: DatabasePool;
let stores: Store[];

const anyPeriods = (begin: string) =>
  fc.tuple(fc.integer({ min: -3, max: 12 }), fc.integer({ min: 0, max: 9 })).map(([start, length]): Periods => {
    const from = addDays(begin, start);
    const current = { from, to: addDays(from, length) };
    return { current, previous: periodBefore(current) };
  });

beforeAll(async () => {
  console.log(`growth seed ${seed}`);
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  const arbitrary = anyHistory.chain((one) =>
    anyPeriods(one.from).map((periods) => ({ history: { ...one, rerun: null }, periods })),
  );
  const samples = fc.sample(arbitrary, { numRuns: storeCount, seed });
  const codeOf = (index: number) => `p-${String(index).padStart(3, '0')}`;
  await inTransaction(pool.db, (tx) =>
    insertStoreHistories(
      tx,
      samples.map(({ history }, index) => toStoreHistory(codeOf(index), history)),
    ),
  );
  stores = samples.map(({ history, periods }, index) => ({
    storeCode: codeOf(index),
    from: history.from,
    expected: expectedOf(history),
    periods,
  }));
}, 60_000);
afterAll(async () => {
  await pool.close();
  await database.drop();
});

const daysOf = (days: readonly ExpectedDay[], counter: string): GrowthDay[] =>
  days.map((day) => ({
    snapshotDate: day.snapshot_date,
    dayState: day.day_state,
    value: day.growth[counter]?.value ?? null,
  }));

const readingsOf = (days: readonly ExpectedDay[], counters: readonly string[], periods: Periods, partial: boolean) =>
  Object.fromEntries(
    counters.map((counter) => {
      const own = daysOf(days, counter);
      return [
        counter,
        {
          current: readingsFor(own, periods.current, partial),
          previous: readingsFor(own, periods.previous, partial),
        },
      ];
    }),
  );

describe('what is looked up for a period', () => {
  test('is what the rules choose out of all days of an account, with days read in part and without', async () => {
    for (const { storeCode, expected, periods } of stores) {
      for (const leaveOutPartial of [false, true]) {
        const found = await listAccountReadings(pool.db, [storeCode], periods, { leaveOutPartial });
        const chosen = readingsOf(expected.account, accountCounters, periods, !leaveOutPartial);
        expect(found.get(storeCode), `${storeCode} of seed ${seed}`).toEqual(chosen);
      }
    }
  });

  test('is what the rules choose out of all days of a video', async () => {
    for (const { storeCode, expected, periods } of stores) {
      const ids = [...expected.videos.keys()];
      const found = await listVideoReadings(pool.db, storeCode, ids, periods);
      const chosen = ids.map((id) => [id, readingsOf(expected.videos.get(id) ?? [], videoCounters, periods, true)]);
      expect(found, `${storeCode} of seed ${seed}`).toEqual(new Map(chosen as never));
    }
  });

  test('adds up: the growth of a period is the sum of the changes of its days', () => {
    let compared = 0;
    for (const { expected, periods } of stores) {
      for (const counter of accountCounters) {
        const days = daysOf(expected.account, counter);
        const { change } = periodGrowth(readingsFor(days, periods.current, true), periods.current);
        const changes = growthOf(days).flatMap((growth, at) => {
          const day = days[at]?.snapshotDate ?? '';
          return growth.change !== null && day >= periods.current.from && day <= periods.current.to
            ? [BigInt(growth.change)]
            : [];
        });
        if (change === null) expect(changes).toEqual([]);
        else expect(change).toBe(Number(changes.reduce((sum, one) => sum + one, 0n)));
        compared += changes.length > 1 ? 1 : 0;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });
});

/** What is told of many: sums, and how many they are of. */
function totalOf(all: { value: number | null; change: number | null; quality: string | null }[]) {
  const sum = (numbers: (number | null)[]) => {
    const known = numbers.filter((number) => number !== null);
    return known.length === 0 ? null : Number(known.reduce((total, one) => total + BigInt(one), 0n));
  };
  const compared = all.filter(({ change }) => change !== null);
  return {
    value: sum(all.map(({ value }) => value)),
    read: all.filter(({ value }) => value !== null).length,
    change: sum(all.map(({ change }) => change)),
    compared: compared.length,
    first: compared.filter(({ quality }) => quality === 'first').length,
  };
}

function totalsOf(
  subjects: readonly (readonly ExpectedDay[])[],
  counters: readonly string[],
  periods: Periods,
  partial: boolean,
) {
  const grow = (counter: string, which: keyof Periods) =>
    totalOf(
      subjects.map((days) => periodGrowth(readingsFor(daysOf(days, counter), periods[which], partial), periods[which])),
    );
  return Object.fromEntries(
    counters.map((counter) => [counter, { current: grow(counter, 'current'), previous: grow(counter, 'previous') }]),
  );
}

const compareCodes = (a: string, b: string) => (a < b ? -1 : Number(a > b));

describe('a ranking', () => {
  test('of videos has their sums, the best and the worst', async () => {
    for (const { storeCode, expected, periods } of stores) {
      const ranking = await rankVideos(pool.db, storeCode, periods, 2);
      const where = `${storeCode} of seed ${seed}`;
      expect(ranking.totals, where).toEqual(totalsOf([...expected.videos.values()], videoCounters, periods, true));
      const changes = [...expected.videos].flatMap(([id, days]) => {
        const { change } = periodGrowth(readingsFor(daysOf(days, 'views'), periods.current, true), periods.current);
        return change === null ? [] : [{ id, change }];
      });
      const byId = new Map(changes.map(({ id, change }) => [id, change]));
      const first = (direction: number) => [...byId.values()].toSorted((a, b) => direction * (a - b)).slice(0, 2);
      const told = (list: { videoId: string }[]) => list.map(({ videoId }) => byId.get(videoId));
      expect([told(ranking.best), told(ranking.worst)], where).toEqual([first(-1), first(1)]);
    }
  });

  test.each(accountCounters)('of stores by %s leaves out who cannot be compared, says why, and pages', async (sort) => {
    const begins = [...new Set(stores.map(({ from }) => from))];
    for (const begin of begins) {
      const current = { from: addDays(begin, 4), to: addDays(begin, 8) };
      const periods = { current, previous: periodBefore(current) };
      const growth = new Map(
        stores.map(({ storeCode, expected }) => [
          storeCode,
          periodGrowth(readingsFor(daysOf(expected.account, sort), current, false), current),
        ]),
      );
      const whole = await rankStores(pool.db, { periods, sort, ascending: false, after: null, limit: storeCount });
      const where = `${begin} of seed ${seed}`;
      expect(whole.totals, where).toEqual(
        totalsOf(
          stores.map(({ expected }) => expected.account),
          accountCounters,
          periods,
          false,
        ),
      );
      const order = stores.toSorted((a, b) => {
        const [left, right] = [growth.get(a.storeCode)?.change ?? null, growth.get(b.storeCode)?.change ?? null];
        if (left === right) return compareCodes(a.storeCode, b.storeCode);
        if (left === null || right === null) return left === null ? 1 : -1;
        return right - left;
      });
      const changes = order.map(({ storeCode }) => growth.get(storeCode)?.change ?? null);
      expect(whole.page, where).toEqual(
        order.map(({ storeCode, expected }, at) => {
          const change = changes[at] ?? null;
          const days = expected.account.filter(
            (day) => day.snapshot_date >= current.from && day.snapshot_date <= current.to,
          );
          const read = days.filter((day) => day.captured_at !== null);
          const last = read
            .map((day) => day.captured_at ?? '')
            .toSorted()
            .at(-1);
          return {
            storeCode,
            name: storeCode,
            change,
            place: change === null ? null : changes.indexOf(change) + 1,
            leftOut: change === null ? whyLeftOut(days, growth.get(storeCode)?.value ?? null) : null,
            capturedAt: last === undefined ? null : new Date(last),
            missingDays: days.length - read.length,
          };
        }),
      );
      const { leftOut, counted, missingDays } = whole.known;
      expect(counted + Object.values(leftOut).reduce((sum, one) => sum + one, 0)).toBe(storeCount);
      expect(missingDays).toBe(whole.page.reduce((sum, one) => sum + one.missingDays, 0));
      await expectPages({ periods, sort }, whole.page);
    }
  });

  function whyLeftOut(days: readonly ExpectedDay[], value: number | null) {
    if (days.length === 0) return 'not_expected';
    const read = days.filter((day) => day.captured_at !== null);
    if (read.length === 0) return 'unread';
    if (read.every((day) => day.day_state === 'partial')) return 'partial';
    return value === null ? 'not_said' : 'one_reading';
  }

  async function expectPages(query: Pick<Parameters<typeof rankStores>[1], 'periods' | 'sort'>, all: RankedStore[]) {
    const limit = 97;
    for (const ascending of [false, true]) {
      const pages: RankedStore[] = [];
      for (;;) {
        const last = pages.at(-1);
        const after = last ? { change: last.change, storeCode: last.storeCode } : null;
        const { page } = await rankStores(pool.db, { ...query, ascending, after, limit });
        pages.push(...page);
        if (page.length < limit) break;
      }
      const places = new Map(all.map((one) => [one.storeCode, one]));
      expect(pages.map((one) => places.get(one.storeCode))).toEqual(pages);
      expect(new Set(pages.map(({ storeCode }) => storeCode)).size).toBe(storeCount);
      const known = pages.flatMap(({ change }) => change ?? []);
      expect(known).toEqual(known.toSorted((a, b) => (ascending ? a - b : b - a)));
      expect(pages.slice(known.length).every(({ change }) => change === null)).toBe(true);
    }
  }
});

test('the best and the worst day are whole ones, with the change of one day', async () => {
  let found = 0;
  for (const { storeCode, expected, periods } of stores) {
    const { from, to } = periods.current;
    const best = await findBestDays(pool.db, storeCode, periods.current);
    for (const counter of accountCounters) {
      const days = daysOf(expected.account, counter);
      const changes = growthOf(days).flatMap(({ change, spanDays }, at) => {
        const { snapshotDate: day = '', dayState } = days[at] ?? {};
        const fits = dayState === 'complete' && spanDays === 1 && day >= from && day <= to;
        return fits && change !== null ? [{ day, change }] : [];
      });
      const first = (direction: number) =>
        changes.toSorted((a, b) => direction * (a.change - b.change) || daysBetween(b.day, a.day))[0];
      const expectedDays = changes.length === 0 ? undefined : { best: first(-1), worst: first(1) };
      expect(best[counter], `${storeCode} of seed ${seed}`).toEqual(expectedDays);
      found += changes.length;
    }
  }
  expect(found).toBeGreaterThan(200);
});

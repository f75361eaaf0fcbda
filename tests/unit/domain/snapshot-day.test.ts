import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  addDays,
  dayStart,
  dueAt,
  dueDay,
  localDay,
  nextDueAt,
  skippedDays,
} from '../../../src/domain/snapshot-day.ts';

const at = (instant: string) => new Date(instant);

describe('the local day', () => {
  test.each([
    ['2026-11-23T16:59:59.999Z', 'Asia/Jakarta', '2026-11-23'],
    ['2026-11-23T17:00:00.000Z', 'Asia/Jakarta', '2026-11-24'],
    ['2026-12-31T23:59:59Z', 'UTC', '2026-12-31'],
    ['2026-12-31T23:59:59Z', 'Asia/Jakarta', '2027-01-01'],
    ['2028-02-29T12:00:00Z', 'Asia/Jakarta', '2028-02-29'],
    // Both sides of the date line at one instant: two days apart.
    ['2026-03-10T10:30:00Z', 'Pacific/Kiritimati', '2026-03-11'],
    ['2026-03-10T10:30:00Z', 'Pacific/Pago_Pago', '2026-03-09'],
    // A quarter of an hour counts.
    ['2026-03-10T18:14:59Z', 'Asia/Kathmandu', '2026-03-10'],
    ['2026-03-10T18:15:00Z', 'Asia/Kathmandu', '2026-03-11'],
  ])('at %s in %s is %s', (instant, timezone, day) => {
    expect(localDay(at(instant), timezone)).toBe(day);
  });

  test('Samoa went from 29 to 31 December 2011: there was no 30th', () => {
    expect(localDay(at('2011-12-30T09:59:59Z'), 'Pacific/Apia')).toBe('2011-12-29');
    expect(localDay(at('2011-12-30T10:00:00Z'), 'Pacific/Apia')).toBe('2011-12-31');
  });

  test('the host’s own time zone changes nothing', () => {
    const days = ['America/Los_Angeles', 'Pacific/Kiritimati', 'UTC'].map((host) => {
      vi.stubEnv('TZ', host);
      return [localDay(at('2026-03-10T17:30:00Z'), 'Asia/Jakarta'), dueAt('2026-03-11', 'Asia/Jakarta', '01:00')];
    });
    vi.unstubAllEnvs();
    expect(new Set(days.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});

describe('a day falls due', () => {
  test.each([
    ['2026-03-11', 'Asia/Jakarta', '01:00', '2026-03-10T18:00:00.000Z'],
    ['2026-03-11', 'UTC', '00:00', '2026-03-11T00:00:00.000Z'],
    ['2026-03-11', 'UTC', '23:59', '2026-03-11T23:59:00.000Z'],
    // New York loses 02:00–03:00 on 8 March: whatever lies in it is due when the clock has jumped.
    ['2026-03-08', 'America/New_York', '01:59', '2026-03-08T06:59:00.000Z'],
    ['2026-03-08', 'America/New_York', '02:00', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08', 'America/New_York', '02:30', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08', 'America/New_York', '03:00', '2026-03-08T07:00:00.000Z'],
    // It repeats 01:00–02:00 on 1 November: the first time counts.
    ['2026-11-01', 'America/New_York', '01:00', '2026-11-01T05:00:00.000Z'],
    ['2026-11-01', 'America/New_York', '01:59', '2026-11-01T05:59:00.000Z'],
    ['2026-11-01', 'America/New_York', '02:00', '2026-11-01T07:00:00.000Z'],
    // London loses the very hour of the default, Lord Howe half an hour, Greenland the last of a day, Beirut midnight.
    ['2026-03-29', 'Europe/London', '01:00', '2026-03-29T01:00:00.000Z'],
    ['2026-10-04', 'Australia/Lord_Howe', '02:15', '2026-10-03T15:30:00.000Z'],
    ['2026-03-28', 'America/Nuuk', '23:30', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29', 'Asia/Beirut', '00:00', '2026-03-28T22:00:00.000Z'],
    ['2026-03-29', 'Asia/Beirut', '00:45', '2026-03-28T22:00:00.000Z'],
  ])('%s in %s at %s: %s', (day, timezone, localTime, instant) => {
    expect(dueAt(day, timezone, localTime).toISOString()).toBe(instant);
  });

  test('from its time on, and not a moment earlier', () => {
    const due = dueAt('2026-03-11', 'Asia/Jakarta', '01:00').getTime();

    expect(dueDay(new Date(due - 1), 'Asia/Jakarta', '01:00')).toBeNull();
    expect(dueDay(new Date(due), 'Asia/Jakarta', '01:00')).toBe('2026-03-11');
    expect(dueDay(at('2026-03-11T16:59:59.999Z'), 'Asia/Jakarta', '01:00')).toBe('2026-03-11');
    expect(dueDay(at('2026-03-11T17:00:00Z'), 'Asia/Jakarta', '01:00')).toBeNull();
  });

  test('in a repeated hour it stays due: the clock that goes back takes nothing back', () => {
    for (const instant of ['2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T06:30:00Z']) {
      expect(dueDay(at(instant), 'America/New_York', '01:15')).toBe('2026-11-01');
    }
  });
});

describe('the next day', () => {
  const timezone = 'Asia/Jakarta';
  const next = (now: string, lastDay: string | null) =>
    nextDueAt({ now: at(now), timezone, localTime: '01:00', lastDay }).toISOString();

  test('is today’s when today was not read, even when its time has passed', () => {
    expect(next('2026-03-11T05:00:00Z', '2026-03-10')).toBe('2026-03-10T18:00:00.000Z');
    expect(next('2026-03-11T05:00:00Z', null)).toBe('2026-03-10T18:00:00.000Z');
    expect(next('2026-03-10T17:30:00Z', '2026-03-10')).toBe('2026-03-10T18:00:00.000Z');
  });

  test('is tomorrow’s once today was read', () => {
    expect(next('2026-03-11T05:00:00Z', '2026-03-11')).toBe('2026-03-11T18:00:00.000Z');
  });

  test('goes over the ends of months and years and over leap days', () => {
    expect([addDays('2026-12-31', 1), addDays('2028-02-28', 1), addDays('2026-03-01', -1)]).toEqual([
      '2027-01-01',
      '2028-02-29',
      '2026-02-28',
    ]);
  });
});

describe('in every time zone there is', () => {
  const timezones = Intl.supportedValuesOf('timeZone');
  /** Where something can go wrong: the hours around each change of the clock from 2024 to 2029. */
  const changes = timezones.flatMap((timezone) => {
    const found: { timezone: string; instantMs: number }[] = [];
    let moment = Temporal.ZonedDateTime.from(`2024-01-01T00:00[${timezone}]`).getTimeZoneTransition('next');
    while (moment && moment.year < 2030) {
      found.push({ timezone, instantMs: moment.epochMilliseconds });
      moment = moment.getTimeZoneTransition('next');
    }
    return found;
  });
  const anyZone = fc.constantFrom(...timezones);
  const anyInstant = fc.date({ min: at('2024-01-01'), max: at('2030-01-01'), noInvalidDate: true });
  const aroundChange = fc
    .record({
      change: fc.constantFrom(...changes),
      offsetMs: fc.integer({ min: -30 * 3_600_000, max: 30 * 3_600_000 }),
    })
    .map(({ change, offsetMs }) => ({ timezone: change.timezone, instant: new Date(change.instantMs + offsetMs) }));
  const anywhere = fc.oneof(aroundChange, fc.record({ timezone: anyZone, instant: anyInstant }));
  const anyTime = fc
    .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
    .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const runs = { numRuns: 2_000 };

  test('there are clock changes to look at', () => {
    expect(timezones.length).toBeGreaterThan(400);
    expect(changes.length).toBeGreaterThan(500);
  });

  test('an instant lies in its own day: not before its start, and before the start of the next', () => {
    fc.assert(
      fc.property(anywhere, ({ timezone, instant }) => {
        const day = localDay(instant, timezone);
        expect(dayStart(day, timezone).getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(dayStart(addDays(day, 1), timezone).getTime()).toBeGreaterThan(instant.getTime());
      }),
      runs,
    );
  });

  test('days follow each other without a gap or a step back', () => {
    fc.assert(
      fc.property(anywhere, fc.integer({ min: 1, max: 3_600_000 }), ({ timezone, instant }, laterMs) => {
        const day = localDay(instant, timezone);
        const laterDay = localDay(new Date(instant.getTime() + laterMs), timezone);
        expect([day, addDays(day, 1)]).toContain(laterDay);
      }),
      runs,
    );
  });

  test('every day falls due once, within itself, and no earlier than its time on its own clock', () => {
    fc.assert(
      fc.property(anywhere, anyTime, ({ timezone, instant }, localTime) => {
        const day = localDay(instant, timezone);
        const due = dueAt(day, timezone, localTime);
        const clock = Temporal.Instant.fromEpochMilliseconds(due.getTime()).toZonedDateTimeISO(timezone);
        // Greenland loses the last hour of a day in spring: a time in it falls due as the next day begins.
        expect(due.getTime()).toBeLessThanOrEqual(dayStart(addDays(day, 1), timezone).getTime());
        expect(`${clock.toPlainDate()} ${clock.toPlainTime().toString().slice(0, 5)}` >= `${day} ${localTime}`).toBe(
          true,
        );
        // A minute earlier the clock had not reached the time.
        const earlier = clock.subtract({ minutes: 1 });
        expect(`${earlier.toPlainDate()} ${earlier.toPlainTime().toString().slice(0, 5)}` < `${day} ${localTime}`).toBe(
          true,
        );
      }),
      runs,
    );
  });

  test('who has no day due has one coming, later and within two days', () => {
    fc.assert(
      fc.property(anywhere, anyTime, ({ timezone, instant }, localTime) => {
        const today = localDay(instant, timezone);
        const due = dueDay(instant, timezone, localTime);
        const next = nextDueAt({ now: instant, timezone, localTime, lastDay: due });
        if (due !== null) expect(due).toBe(today);
        expect(next.getTime()).toBeGreaterThan(instant.getTime());
        expect(next.getTime() - instant.getTime()).toBeLessThan(50 * 3_600_000);
      }),
      runs,
    );
  });
});

test('a zone that leapt over the date line never had the day between', () => {
  const later = new Date('2012-06-01T00:00:00Z');
  expect(skippedDays(later, 'Pacific/Apia', '2011-01-01')).toEqual(['2011-12-30']);
  expect(skippedDays(later, 'Pacific/Apia', '2012-01-02')).toEqual([]);
  expect(skippedDays(new Date('1994-01-01T00:00:00Z'), 'Pacific/Kwajalein', '1993-01-01')).toEqual(['1993-08-21']);
  expect(skippedDays(later, 'America/New_York', '2000-01-01')).toEqual([]);
  expect(skippedDays(later, 'Asia/Jakarta', '1900-01-01')).toEqual([]);
});

// A store's day is the calendar day of its own time zone. Temporal knows every zone's rules, gaps and repeats.

const zoned = (instant: Date, timezone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timezone);

const toDate = (moment: Temporal.ZonedDateTime) => new Date(moment.epochMilliseconds);

export const timezoneHint = 'must be an IANA time zone such as Asia/Jakarta';

/** An IANA name. Fixed offsets are refused: a store's day follows the rules of its place. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(name)) return false;
  try {
    zoned(new Date(0), name);
    return true;
  } catch {
    return false;
  }
}

/** The store's local calendar day at an instant, as YYYY-MM-DD. */
export function localDay(instant: Date, timezone: string): string {
  return zoned(instant, timezone).toPlainDate().toString();
}

/** What a clock there shows at an instant, as HH:MM. */
export function localTimeOf(instant: Date, timezone: string): string {
  return zoned(instant, timezone).toPlainTime().toString({ smallestUnit: 'minute' });
}

/** The day before or after: days may be negative. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/**
 * When a day falls due: `localTime` (HH:MM) on the store's own clock, the first time round if the clock repeats it.
 * A time inside a daylight-saving gap falls due right after the gap.
 */
export function dueAt(day: string, timezone: string, localTime: string): Date {
  const wanted = Temporal.PlainDate.from(day).toPlainDateTime(localTime);
  const moment = wanted.toZonedDateTime(timezone);
  if (moment.toPlainDateTime().equals(wanted)) return toDate(moment);
  // Inside a gap Temporal goes on by the gap's whole length, but the clock is past the time as soon as it has jumped.
  const beforeGap = wanted.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  return toDate(beforeGap.getTimeZoneTransition('next') ?? moment);
}

/** The first instant of the day. */
export function dayStart(day: string, timezone: string): Date {
  return toDate(Temporal.PlainDate.from(day).toZonedDateTime(timezone));
}

/**
 * The days that a zone's clock left out when it jumped over the date line, since a given day: nobody could have a day
 * there. Ascending; almost always none.
 */
export function skippedDays(now: Date, timezone: string, since: string): string[] {
  const days: string[] = [];
  let after = zoned(now, timezone);
  for (;;) {
    const jump = after.getTimeZoneTransition('previous');
    if (jump === null || jump.toPlainDate().toString() < since) return days;
    const before = jump.subtract({ nanoseconds: 1 });
    const lastDay = before.toPlainDate().toString();
    for (let day = addDays(jump.toPlainDate().toString(), -1); day > lastDay; day = addDays(day, -1)) days.unshift(day);
    after = before;
  }
}

/** The day that is due at an instant: the local day, once its time has come; before that, none. */
export function dueDay(instant: Date, timezone: string, localTime: string): string | null {
  const day = localDay(instant, timezone);
  return dueAt(day, timezone, localTime) <= instant ? day : null;
}

/** When the next day after `lastDay` falls due; in the past when that day is due already. */
export function nextDueAt(options: { now: Date; timezone: string; localTime: string; lastDay: string | null }): Date {
  const today = localDay(options.now, options.timezone);
  const day = options.lastDay !== null && options.lastDay >= today ? addDays(options.lastDay, 1) : today;
  return dueAt(day, options.timezone, options.localTime);
}

import { addDays, dayStart, dueAt } from './snapshot-day.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A store that somebody has just changed, or whose day has just begun, is given this long to be read. */
export const settleMs = 15 * minuteMs;
/** A store that breaks again and again is told of once in this time, per kind and channel; that it is well, each time it was. */
export const quietMs = 4 * hourMs;
/** Stores that break one after the other become one message in this time, per kind and channel. */
export const spacingMs = 10 * minuteMs;
/** A message that could not be delivered for so long has been given up; its matters get a new one. */
export const messageLifeMs = 24 * hourMs;

const riskMs = 3 * hourMs;

/** The first instant at which this day cannot be read any more. */
export const dayEnd = (day: string, timezone: string): Date => dayStart(addDays(day, 1), timezone);

/** From when an unread day is at risk: three hours before its end, or after half of the time it has, if that is later. */
export function riskAt(day: string, timezone: string, localTime: string): Date {
  const endMs = dayEnd(day, timezone).getTime();
  const dueMs = dueAt(day, timezone, localTime).getTime();
  return new Date(Math.max(endMs - riskMs, (dueMs + endMs) / 2));
}

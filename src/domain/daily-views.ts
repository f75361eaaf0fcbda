import { addDays } from './snapshot-day.ts';

/** Whether a day's reading saw the whole list of videos, so that one that is not in it was not there. */
export function hasWholeList(day: { state: string; reason: string | null }): boolean {
  if (day.state === 'complete' || day.state === 'late') return true;
  // A reading that lacks only the account's own counters has every video.
  return (
    day.state === 'partial' && day.reason?.startsWith('SCOPE_MISSING: ') === true && !day.reason.includes('video.list')
  );
}

/** `from` to `to`, both included. */
export function eachDay(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}

/**
 * What a store's videos gained on each of `days`: the sum of their changes since the day before. Null where the day or
 * the one before it was not read in full: a change over a gap belongs to no single day, and part of a list to no day.
 */
export function viewsPerDay(
  days: readonly string[],
  ledger: ReadonlyMap<string, { state: string; reason: string | null }>,
  changes: ReadonlyMap<string, number>,
): (number | null)[] {
  const isWhole = (day: string) => {
    const entry = ledger.get(day);
    return entry !== undefined && hasWholeList(entry);
  };
  return days.map((day) => (isWhole(day) && isWhole(addDays(day, -1)) ? (changes.get(day) ?? null) : null));
}

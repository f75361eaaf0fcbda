import type { DayWait } from '../../domain/day-wait.ts';

const waits: Readonly<Record<DayWait, string>> = {
  worker: 'It waits for a free worker.',
  running: 'It is being read.',
  limit: 'TikTok told it to wait: its limit is used up for the moment.',
  retry: 'The last try failed; it is tried again by itself.',
  breaker: 'TikTok does not answer at the moment; it goes on as soon as TikTok does.',
  owner: 'The owner has to connect again: send a connect link.',
  pause: 'The store is paused.',
  admin: 'Its sync was cancelled or cannot succeed as it is: see the log, then resync the store.',
};

const missed = new Map(
  Object.entries({
    NOT_PLANNED: 'Harian was not running on that day.',
    NOT_READ_IN_TIME: 'The day ended before anybody could read it.',
    NEED_RECONNECT: 'The owner had to connect again and did not on that day.',
    PAUSED: 'The store was paused.',
    CIRCUIT_OPEN: 'TikTok did not answer until the day was over.',
    RATE_LIMIT_EXCEEDED: 'TikTok told it to wait until the day was over.',
    JOB_CANCELLED: 'Its sync was cancelled.',
    STORE_NOT_CONNECTED: 'The store was not connected.',
  }),
);

const partly = new Map(
  Object.entries({
    COUNTERS_MISSING: 'TikTok left out some numbers.',
    PAGE_LIMIT: 'The account has more videos than are read.',
    CURSOR_STUCK: 'TikTok’s list of videos did not go on.',
    EMPTY_PAGES: 'TikTok’s list of videos went on without any video.',
    SCOPE_MISSING: 'The owner did not share everything.',
  }),
);

/** One sentence for whoever asks why a store does not have its day. Codes are quoted where they say more than we can. */
export function explainDay(day: { state: string; reason: string | null; waitsFor: DayWait | null }): string {
  const { state, waitsFor } = day;
  const [code = null] = day.reason?.split(': ') ?? [];
  if (waitsFor !== null) return waits[waitsFor];
  if (state === 'missed')
    return (code && missed.get(code)) ?? `Every try failed until the day was over; the last one with ${code}.`;
  if (state === 'late') return 'It was read after midnight, so it may hold some of the next day.';
  if (state === 'partial') return (code && partly.get(code)) ?? `Only a part could be read: ${code}.`;
  return 'It has been read.';
}

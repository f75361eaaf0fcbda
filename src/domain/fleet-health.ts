/** Whether anybody works at all, and since when TikTok has not answered (ISO 8601 UTC). */
export interface FleetHealth {
  workers: number;
  schedulers: number;
  breakerSince: string | null;
}

/** The same text as long as every page of the console has the same alarms to show. */
export const alarmsOf = ({ workers, schedulers, breakerSince }: FleetHealth): string =>
  `${workers > 0}/${schedulers > 0}/${breakerSince ?? ''}`;

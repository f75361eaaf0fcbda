import type { Language } from './view-models.ts';

const count = new Intl.NumberFormat('en');
const relative = new Intl.RelativeTimeFormat('en', { style: 'narrow', numeric: 'always' });
const days: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }),
  id: new Intl.DateTimeFormat('id-ID', { dateStyle: 'long', timeZone: 'UTC' }),
};
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `12,345`. */
export const formatCount = (value: number): string => count.format(value);

/** `24 November 2026`: an instant's day in UTC. */
export const formatDay = (instant: string, language: Language): string => days[language].format(new Date(instant));

/** `2026-11-24 03:41 UTC`. */
export const formatInstant = (instant: string): string =>
  `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `5m ago`, `in 3h`; `just now` within a minute either way. */
export function formatRelative(instant: string, now: string): string {
  const seconds = (Date.parse(instant) - Date.parse(now)) / 1_000;
  const [unit, size] = units.find(([, unitSeconds]) => Math.abs(seconds) >= unitSeconds) ?? [];
  return unit === undefined ? 'just now' : relative.format(Math.trunc(seconds / size), unit);
}

/** The two largest parts of a span: `45 s`, `4 min 10 s`, `2 h 5 min`, `3 d 1 h`. */
export function formatDuration(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

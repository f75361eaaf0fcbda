import type { Language } from './view-models.ts';

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', id: 'id-ID' };
const each = <T>(make: (locale: string) => T): Readonly<Record<Language, T>> => ({
  en: make(locales.en),
  id: make(locales.id),
});

const count = each((locale) => new Intl.NumberFormat(locale));
const signed = each((locale) => new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' }));
// Narrow Indonesian would say `1 h` for a day.
const relative: Readonly<Record<Language, Intl.RelativeTimeFormat>> = {
  en: new Intl.RelativeTimeFormat('en', { style: 'narrow', numeric: 'always' }),
  id: new Intl.RelativeTimeFormat('id', { style: 'long', numeric: 'always' }),
};
const longDay = each((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }));
const mediumDay = each((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }));
const shortDay = each((locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }));

const relativeUnits = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const justNow: Readonly<Record<Language, string>> = { en: 'just now', id: 'baru saja' };
const durationUnits: Readonly<Record<Language, readonly [string, string, string, string]>> = {
  en: ['d', 'h', 'min', 's'],
  id: ['hr', 'jam', 'mnt', 'dtk'],
};

/** `12,345`. */
export const formatCount = (value: number, language: Language): string => count[language].format(value);

/** `+120`, `−3`, `0`. */
export const formatChange = (value: number, language: Language): string => signed[language].format(value);

/** `24 November 2026`: an instant's day in UTC, or a day. */
export const formatDay = (instant: string, language: Language): string => longDay[language].format(new Date(instant));

/** `24 Nov 2026`: the same where there is less room. */
export const formatDate = (instant: string, language: Language): string =>
  mediumDay[language].format(new Date(instant));

/** `24 Nov`. */
export const formatShortDay = (day: string, language: Language): string => shortDay[language].format(new Date(day));

/** `2026-11-24 03:41 UTC`. */
export const formatInstant = (instant: string): string =>
  `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `5m ago`, `in 3h`; `just now` within a minute either way. */
export function formatRelative(instant: string, now: string, language: Language): string {
  const seconds = (Date.parse(instant) - Date.parse(now)) / 1_000;
  const [unit, size] = relativeUnits.find(([, unitSeconds]) => Math.abs(seconds) >= unitSeconds) ?? [];
  return unit === undefined ? justNow[language] : relative[language].format(Math.trunc(seconds / size), unit);
}

/** The two largest parts of a span: `45 s`, `4 min 10 s`, `2 h 5 min`, `3 d 1 h`. */
export function formatDuration(totalSeconds: number, language: Language): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  const [day, hour, minute, second] = durationUnits[language];
  const parts = [
    [Math.floor(seconds / 86_400), day],
    [Math.floor(seconds / 3_600) % 24, hour],
    [Math.floor(seconds / 60) % 60, minute],
    [seconds % 60, second],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return `0 ${second}`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

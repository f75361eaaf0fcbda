import { addDays, localDay, localTimeOf } from '../../../domain/snapshot-day.ts';
import { formatShortDay } from '../format.ts';
import type { Language } from '../view-models.ts';

const near: Readonly<Record<Language, readonly [yesterday: string, today: string, tomorrow: string]>> = {
  en: ['yesterday', 'today', 'tomorrow'],
  id: ['kemarin', 'hari ini', 'besok'],
};
const at: Readonly<Record<Language, string>> = { en: 'at', id: 'pukul' };

/** A store's calendar day beside its present one: `yesterday`, `24 Nov`. */
function nearDay(day: string, today: string, language: Language): string {
  const [yesterday, present, tomorrow] = near[language];
  if (day === today) return present;
  if (day === addDays(today, -1)) return yesterday;
  return day === addDays(today, 1) ? tomorrow : formatShortDay(day, language);
}

/** On the store's own clock: `today at 03:12`, `24 Nov at 03:12`. */
export function localMoment(instant: Date, place: { timezone: string; today: string; language: Language }): string {
  const day = nearDay(localDay(instant, place.timezone), place.today, place.language);
  return `${day} ${at[place.language]} ${localTimeOf(instant, place.timezone)}`;
}

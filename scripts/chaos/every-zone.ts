import { addDays, dayStart, dueAt, dueDay, localDay } from '../../src/domain/snapshot-day.ts';
import type { Experiment } from './experiment.ts';

const localTimes = ['00:00', '01:00', '02:30', '12:00', '22:45'];
const firstDay = '2016-01-01';
const days = 20 * 366;

/** What the clock on the wall shows, from Intl: a second opinion, since the code under test reads Temporal. */
function createWallClock(timeZone: string): (instant: Date) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (instant) => format.format(instant);
}

/** Every IANA zone over twenty years: ticks every few minutes find each local day due exactly once. */
export const everyZone: Experiment = {
  name: 'every-zone',
  figure: 'every local day is due exactly once, in every zone, over DST and the date line',
  quick: 60,
  full: Number.MAX_SAFE_INTEGER,
  negative: 60,
  async run({ n, random, say }) {
    const all = Intl.supportedValuesOf('timeZone');
    const zones = n >= all.length ? all : all.toSorted(() => random() - 0.5).slice(0, n);
    const failures: string[] = [];
    let checked = 0;
    for (const [index, zone] of zones.entries()) {
      const wallClock = createWallClock(zone);
      for (const localTime of localTimes) {
        for (let offset = 0; offset < days; offset++) {
          const day = addDays(firstDay, offset);
          // A zone that jumped over the date line has no such day at all.
          if (wallClock(dayStart(day, zone)).slice(0, 10) !== day) continue;
          checked += 1;
          const due = dueAt(day, zone, localTime);
          const wrong =
            localDay(due, zone) !== day ||
            dueDay(due, zone, localTime) !== day ||
            wallClock(due) < `${day} ${localTime}` ||
            wallClock(due).slice(0, 10) !== day ||
            wallClock(new Date(due.getTime() - 1)) >= `${day} ${localTime}`;
          if (wrong) failures.push(`${day} at ${localTime} in ${zone} falls due wrongly, at ${due.toISOString()}`);
        }
      }
      if (index % 10 === 9) say(`${index + 1} of ${zones.length} zones`);
    }
    return { n: checked, failures, measured: [`${zones.length} zones`] };
  },
  defects: [
    {
      name: 'a time inside a DST gap falls due an hour late',
      file: 'src/domain/snapshot-day.ts',
      find: "return toDate(beforeGap.getTimeZoneTransition('next') ?? moment);",
      replace: 'return toDate(beforeGap.add({ hours: 1 }));',
    },
    {
      name: 'days are counted in UTC',
      file: 'src/domain/snapshot-day.ts',
      find: 'return zoned(instant, timezone).toPlainDate().toString();',
      replace: "return zoned(instant, 'UTC').toPlainDate().toString();",
    },
  ],
};

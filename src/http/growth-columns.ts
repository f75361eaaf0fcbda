import type { Growth } from '../domain/growth.ts';
import type { CsvColumn } from './csv.ts';

/** One counter in a file: the names of the API, flat. */
export function growthColumns<Day>(name: string, of: (day: Day) => Growth): CsvColumn<Day>[] {
  return [
    { name, value: (day) => of(day).value },
    { name: `${name}_change`, value: (day) => of(day).change },
    { name: `${name}_span_days`, value: (day) => of(day).spanDays },
    { name: `${name}_per_day`, value: (day) => of(day).perDay },
    { name: `${name}_quality`, value: (day) => of(day).quality },
  ];
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experiments } from '../../../scripts/chaos/experiments.ts';

const root = new URL('../../..', import.meta.url);
const defects = experiments.flatMap(({ name, defects: own }) => own.map((defect) => ({ experiment: name, ...defect })));

describe('the defects that chaos plants', () => {
  it.each(defects)('$experiment: $name, applies to the source as it is, in one place', ({ file, find, replace }) => {
    const source = readFileSync(new URL(file, root), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('are at least twenty-five, and every experiment has one', () => {
    expect(defects.length).toBeGreaterThanOrEqual(25);
    expect(experiments.filter(({ defects: own }) => own.length === 0)).toEqual([]);
  });
});

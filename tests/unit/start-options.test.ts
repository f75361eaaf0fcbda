import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeOptions, startEnvironment } from '../../scripts/rig/child.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Of each line that runs it: what the image compiles under other options is not found when it starts. */
const nodeOptionsIn = (file: string) =>
  read(file)
    .split('\n')
    .filter((line) => /^CMD|^ExecStart=|^RUN node /.test(line))
    .map((line) => line.match(/--[a-z0-9-]+=\d+/g) ?? []);

test.each([
  ['Dockerfile', 2],
  ['deploy/systemd/harian@.service', 1],
])('%s runs Node with the options of npm start', (file, times) => {
  expect(nodeOptions.length).toBeGreaterThan(0);
  expect(nodeOptionsIn(file)).toEqual(Array(times).fill(nodeOptions));
});

test.each(['package.json', 'Dockerfile', 'deploy/systemd/harian@.service'])(
  '%s lets the C library keep one heap',
  (file) => {
    expect(read(file)).toMatch(new RegExp(`MALLOC_ARENA_MAX=${startEnvironment.MALLOC_ARENA_MAX}\\b`));
  },
);

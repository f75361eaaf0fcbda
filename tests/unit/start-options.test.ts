import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Of the line that starts `src/main.ts`. */
function nodeOptionsIn(file: string): string[] {
  const start = read(file)
    .split('\n')
    .find((line) => /"start":|^CMD|^ExecStart=/.test(line));
  return start?.match(/--[a-z-]+=\d+/g) ?? [];
}

test.each(['Dockerfile', 'deploy/systemd/harian@.service'])('%s runs Node with the options of npm start', (file) => {
  const options = nodeOptionsIn('package.json');
  expect(options.length).toBeGreaterThan(0);
  expect(nodeOptionsIn(file)).toEqual(options);
});

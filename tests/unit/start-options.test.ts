import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeOptions } from '../../scripts/rig/child.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Of the line that starts `src/main.ts`. */
function nodeOptionsIn(file: string): string[] {
  const start = read(file)
    .split('\n')
    .find((line) => /^CMD|^ExecStart=/.test(line));
  return start?.match(/--[a-z0-9-]+=\d+/g) ?? [];
}

test.each(['Dockerfile', 'deploy/systemd/harian@.service'])('%s runs Node with the options of npm start', (file) => {
  expect(nodeOptions.length).toBeGreaterThan(0);
  expect(nodeOptionsIn(file)).toEqual(nodeOptions);
});

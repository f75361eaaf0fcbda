import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../../scripts/chaos/bundle.ts';
import { createTestDatabase } from '../support/database.ts';
import { startHarianProcess } from '../support/processes.ts';

test('the one file that chaos starts by the hundred is Harian: every role gets ready, and it stops as told', async () => {
  const [directory, database] = await Promise.all([mkdtemp(join(tmpdir(), 'harian-bundle-')), createTestDatabase()]);
  const program = await bundle(new URL('../../scripts/chaos/worker-process.ts', import.meta.url), directory);

  const harian = await startHarianProcess({
    databaseUrl: database.url,
    simulatorUrl: 'http://127.0.0.1:9',
    publicUrl: 'http://localhost:3000',
    program,
  });

  await expect.poll(async () => (await harian.api('GET', '/readyz')).status, { timeout: 60_000 }).toBe(200);
  expect(await harian.end('SIGTERM')).toBe(0);
  await database.drop();
  await rm(directory, { recursive: true });
});

/** Fails when src/db/schema.ts says more than drizzle/ does: `drizzle-kit check` alone does not notice that. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const temporary = await mkdtemp(join(tmpdir(), 'harian-drift-'));
try {
  await cp('drizzle', join(temporary, 'drizzle'), { recursive: true });
  const config = join(temporary, 'drizzle.config.ts');
  // drizzle-kit takes `out` for relative to the working directory, absolute or not.
  const out = relative('.', join(temporary, 'drizzle'));
  const ours = resolve('drizzle.config.ts');
  await writeFile(
    config,
    `import ours from ${JSON.stringify(ours)}; export default { ...ours, out: ${JSON.stringify(out)} };`,
  );
  const args = ['generate', '--config', config, '--name', 'drift'];
  const { stdout, stderr } = await promisify(execFile)('drizzle-kit', args, { timeout: 60_000 });
  // Its exit code is 0 even when it crashed, so only its word counts.
  if (!stdout.includes('No schema changes')) {
    console.error(
      `${stdout}${stderr}\nDoes src/db/schema.ts lack a migration? npm run db:generate -- --name what_changes`,
    );
    process.exitCode = 1;
  }
} finally {
  await rm(temporary, { recursive: true });
}

/**
 * Makes client/, which `harian/client` is for others: JavaScript for any Node, and types that stand for themselves
 * instead of for half of src/. With --check it only says whether client/ is as src/ would make it. Either way it checks
 * src/client, which tsconfig.json leaves out: its types cost as much as all others.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const files = ['client.js', 'client.d.ts'];
const note = '// Made from src/client/client.ts by `npm run client:emit`.\n';

const outDir = await mkdtemp(join(tmpdir(), 'harian-client-'));
try {
  await promisify(execFile)('tsc', ['-p', 'src/client', '--outDir', outDir]);
  for (const file of files) {
    const made = note + (await readFile(join(outDir, 'client', file), 'utf8'));
    const kept = join('client', file);
    if (!process.argv.includes('--check')) await writeFile(kept, made);
    else if (made !== (await readFile(kept, 'utf8').catch(() => ''))) {
      console.error(`${kept} is not what src/ says: npm run client:emit`);
      process.exitCode = 1;
    }
  }
} finally {
  await rm(outDir, { recursive: true });
}

/** Everything that can be judged without running the app: one line per step, the output of those that fail. */
import { execFile } from 'node:child_process';

const steps: Record<string, string[]> = {
  'format and lint': ['biome', 'check', '--error-on-warnings'],
  types: ['tsc', '--noEmit'],
  'typed lint and import boundaries': ['oxlint', '--deny-warnings'],
  'schema drift': ['node', 'scripts/check-schema-drift.ts'],
  'API description': ['node', 'scripts/lint-api.ts'],
  'typed client': ['node', 'scripts/emit-client.ts', '--check'],
  secrets: ['secretlint', '**/*', '.*', '.ci/*'],
  'unused code': ['knip'],
};

const results = await Promise.all(Object.entries(steps).map(([name, command]) => runStep(name, command)));
const failed = results.filter((ok) => !ok).length;
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${results.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Resolves to false when the command fails or does not exist. */
function runStep(name: string, [command = '', ...args]: string[]): Promise<boolean> {
  const startedMs = performance.now();
  return new Promise((done) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`${error ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`);
      if (error) console.log([stdout, stderr || error.message].join('\n').trim());
      done(!error);
    });
  });
}

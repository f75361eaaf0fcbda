import './quick-imports.ts';

/** Every signal after the first changes nothing: npm and the terminal may both pass one on. */
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

// Loading all modules takes a while: a signal in that time has to find its handler already there.
const { start } = await import('./start.ts');
const problem = await start({
  environment: process.env,
  stopping: stopping.signal,
  write: (line) => process.stdout.write(line),
});
if (problem !== null) process.stderr.write(`${problem}\n`);
process.exit(problem === null ? 0 : 1);

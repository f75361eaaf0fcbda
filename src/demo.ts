import './quick-imports.ts';

/** Ctrl-C may come twice, from the terminal and from npm: every one after the first changes nothing. */
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

/** Resolves to why the demo did not start, or to null once it has stopped as it was told. */
async function main(): Promise<string | null> {
  if (process.env.NODE_ENV === 'production') {
    return 'The demo does not run with NODE_ENV=production: `npm start` runs Harian against TikTok.';
  }
  // Loading all modules is half a second: a signal in that time has to find its handler already there.
  const { runDemo } = await import('./demo/run-demo.ts');
  return runDemo({
    directory: '.data/demo',
    // Nothing else of the environment: no address or secret of the developer's.
    port: process.env.PORT,
    logLevel: process.env.LOG_LEVEL,
    stopping: stopping.signal,
    write: (text) => process.stdout.write(text),
  });
}

const problem = await main();
if (problem !== null) process.stderr.write(`${problem}\n`);
process.exit(problem === null ? 0 : 1);

import { run } from './cli/run.ts';
import { createTerminal } from './cli/terminal.ts';

const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
// Who reads us has enough, as `head` has: no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run({
  args: process.argv.slice(2),
  environment: process.env,
  terminal: createTerminal(process.stdout, process.stderr),
  signal: stopping.signal,
});

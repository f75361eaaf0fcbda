#!/usr/bin/env node
// The command line is TypeScript, which Node reads since 24: this one, or the one that npm installed with us.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const entry = new URL('../src/cli.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= 24) await import(entry.href);
else {
  const node = pinnedNode();
  if (node === undefined) {
    console.error('harian needs Node 24 or later: install it, or run `npm ci` in its folder.');
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Who ends us means it. From a terminal it hears of that twice, which does no harm.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function pinnedNode() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node');
  } catch {
    return undefined;
  }
}

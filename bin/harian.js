#!/usr/bin/env node
// The command line is TypeScript, which Node reads since 24: this one, or the one that npm installed with us.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

if (Number.parseInt(process.versions.node, 10) >= 24) {
  if (import.meta.url.includes('/node_modules/')) await readInstalledTypeScript();
  await import('../src/cli.ts');
} else {
  const node = pinnedNode();
  if (node === undefined) {
    console.error('harian needs Node 24 or later: install it, or run `npm ci` in its folder.');
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
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

/** By itself Node reads none of what lies under node_modules, and remarks on whoever does. */
async function readInstalledTypeScript() {
  process.removeAllListeners('warning');
  const { registerHooks, stripTypeScriptTypes } = await import('node:module');
  const source = (url) => stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('.ts') ? { format: 'module', shortCircuit: true, source: source(url) } : next(url, context),
  });
}

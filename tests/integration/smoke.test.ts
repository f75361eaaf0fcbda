import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runSmoke, type SmokeOptions } from '../../scripts/smoke.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore } from '../support/owner.ts';

let harian: TestHarian;
beforeAll(async () => {
  harian = await startTestHarian();
  const account = harian.simulator.control.accounts[0];
  if (!account) throw new Error('the simulator has no account');
  await connectStore(harian, 'smoke-01', { openId: account.openId });
  await vi.waitFor(
    async () => {
      const { body } = await harian.api('GET', '/api/stores/smoke-01');
      expect(body).toMatchObject({ last_snapshot_date: expect.any(String) });
    },
    { timeout: 30_000 },
  );
});
afterAll(async () => {
  await harian.close();
});

async function smoke(options: Partial<SmokeOptions> = {}): Promise<{ passed: boolean; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const passed = await runSmoke({ url: harian.url, key: adminKey, fetch, print, ...options });
  return { passed, lines };
}

/** The instance as it would be if one path answered otherwise. */
const broken =
  (path: string, change: (answer: Response, body: string) => Response): SmokeOptions['fetch'] =>
  async (url, init) => {
    const answer = await fetch(url, init);
    return new URL(url).pathname === path ? change(answer, await answer.text()) : answer;
  };

/** What `npm run smoke` runs. */
function runScript(args: string[], env: Record<string, string>): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } };
    const child = execFile(process.execPath, ['scripts/smoke.ts', ...args], options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test('a working instance passes, one line per check, and everything was looked at', async () => {
  const { passed, lines } = await smoke();
  expect(passed).toBe(true);
  expect(lines.length).toBeGreaterThan(18);
  for (const line of lines) expect(line).toMatch(/^ok {5}.+ \(\d+ ms\)$/);
});

test('a walk changes nothing', async () => {
  const methods: string[] = [];
  await smoke({
    fetch: (url, init) => {
      methods.push(`${init.method} ${new URL(url).pathname}`);
      return fetch(url, init);
    },
  });
  // Both are refused with 405, which is what they are sent for.
  expect(methods.filter((method) => !method.startsWith('GET '))).toEqual(['POST /healthz', 'POST /api/queue']);
});

test('without a key it sees that /api refuses, and says how to give one', async () => {
  const { passed, lines } = await smoke({ key: null });
  expect(passed).toBe(true);
  expect(lines.at(-1)).toContain('HARIAN_KEY');
});

test.for<[what: string, path: string, change: (answer: Response, body: string) => Response]>([
  ['a liveness that says something else', '/healthz', () => Response.json({ status: 'fine' })],
  [
    'a role that is not up',
    '/readyz',
    () => Response.json({ ready: false, checks: { worker: 'failing' } }, { status: 503 }),
  ],
  ['a route missing in the description', '/openapi.json', (_, body) => json(body.replace('/api/queue', '/api/tail'))],
  ['a description of another version', '/openapi.json', (_, body) => json(body.replace('"3.1.0"', '"3.0.3"'))],
  [
    'a reference to nothing',
    '/openapi.json',
    (_, body) => json(body.replace('"#/components/schemas/Store"', '"#/components/schemas/Shop"')),
  ],
  ['docs without the API', '/docs', () => new Response('<p>soon</p>', { headers: { 'content-type': 'text/html' } })],
  ['a page without its policy', '/', (answer, body) => without(answer, body, 'content-security-policy')],
  ['a page that may be cached', '/', (answer, body) => without(answer, body, 'cache-control')],
  ['a 404 in plain text', '/smoke/nothing-here', () => new Response('404 Not Found', { status: 404 })],
  [
    'an error with more than the envelope',
    '/smoke/nothing-here',
    (_, body) => json(body.replace('}}', '},"stack":"x"}'), 404),
  ],
  ['a list of stores open to all', '/api/stores', () => Response.json({ items: [], next_cursor: null })],
  ['a count as text', '/api/queue', (answer, body) => json(body.replace('"active":0', '"active":"0"'), answer.status)],
])('it fails at %s', async ([, path, change]) => {
  const { passed, lines } = await smoke({ fetch: broken(path, change) });
  expect(passed).toBe(false);
  expect(lines.at(-2)).toMatch(/^WRONG /);
  expect(lines.join('\n')).not.toContain(adminKey);
});

test('the command exits 0 when all is well, 1 when not, 2 without a URL, and never prints the key', async () => {
  const runs = await Promise.all([
    runScript([harian.url], { HARIAN_KEY: adminKey }),
    runScript([harian.url], { ADMIN_API_KEY: `${adminKey}-wrong` }),
    runScript(['http://127.0.0.1:9'], { HARIAN_KEY: adminKey }),
    runScript([], {}),
  ]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 1, 1, 2]);
  for (const { output } of runs) {
    expect(output).not.toContain(adminKey);
    expect(output).not.toBe('');
  }
});

function json(body: string, status = 200): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } });
}

function without(answer: Response, body: string, header: string): Response {
  const headers = new Headers(answer.headers);
  headers.delete(header);
  return new Response(body, { status: answer.status, headers });
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlExample } from '../../src/http/pages/curl-example.ts';
import { sampleOf } from '../../src/http/pages/describe-schema.ts';
import { type Endpoint, listEndpoints } from '../../src/http/pages/openapi.ts';
import type { OpenApiDocument } from '../../src/http/pages/view-models.ts';
import { signWebhook } from '../../src/simulator/webhook.ts';
import { adminKey, clientSecret, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, envelope, type HttpClient } from '../support/http.ts';
import { findOperation, type OpenApi, strictValidator } from '../support/openapi.ts';
import { openSql, type Sql } from '../support/sql.ts';

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let document: OpenApi;
const videoId = '7437123456789012345';

beforeAll(async () => {
  // Nobody works, so that a job stays where an example finds it.
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  ({ document } = http);
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** What a shell gets for it, one answer for each curl. */
async function runShell(command: string): Promise<Answer> {
  const script = `curl() { command curl -sS -i --max-time 20 "$@"; }
auth="Authorization: Bearer $HARIAN_KEY" json='Content-Type: application/json'
${command}`;
  const env = { PATH: process.env.PATH, HARIAN_URL: harian.url, HARIAN_KEY: adminKey };
  const output = await new Promise<string>((done, fail) =>
    execFile('bash', ['-ec', script], { env, maxBuffer: 8 * 1024 * 1024 }, (error, stdout, stderr) =>
      error ? fail(new Error(`${command}\n${stderr}`)) : done(stdout),
    ),
  );
  const [head = '', ...rest] = output.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf(':')),
    line.slice(line.indexOf(':') + 2),
  ]);
  return { status: Number(status.split(' ')[1]), headers: new Headers(headers), body: rest.join('\r\n\r\n') };
}

/** One store's life, as far as the examples have told it: what stands in capitals in them, and what has to be so before. */
function createScene(storeCode: string, account: number) {
  const known = new Map<string, string>();
  const jobOf = async () =>
    (await harian.api<{ job: { id: string } | null }>('GET', `/api/stores/${storeCode}`)).body.job?.id;
  const newJob = async () => {
    const old = await jobOf();
    if (old !== undefined) await harian.api('POST', `/api/jobs/${old}/cancel`);
    const { headers } = await harian.api('POST', `/api/stores/${storeCode}/resync`);
    known.set('JOB_ID', headers.get('location')?.split('/').at(-1) ?? '');
  };
  const connect = async (authorizeUrl: string) => {
    const { openId = '' } = harian.simulator.control.accounts[account] ?? {};
    const back = new URL(await harian.simulator.control.consent(authorizeUrl, { openId }));
    for (const name of ['code', 'state'])
      known.set(name.toUpperCase(), encodeURIComponent(back.searchParams.get(name) ?? ''));
  };

  /** In place of the owner, who is not in the description of the API. */
  const connectByItself = async (invite: string) => {
    const started = await fetch(`${harian.url}/connect/${invite}`, { method: 'POST', redirect: 'manual' });
    await connect(started.headers.get('location') ?? '');
    const cookie = started.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const query = `code=${known.get('CODE')}&state=${known.get('STATE')}`;
    await fetch(`${harian.url}/oauth/tiktok/callback?${query}`, { headers: { cookie }, redirect: 'manual' });
    await sql.query(`insert into videos (store_code, video_id, first_seen_date) values ($1, $2, '2026-11-16')`, [
      storeCode,
      videoId,
    ]);
    await sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at) values ($1, $2, '2026-11-24', 1, now())`,
      [storeCode, videoId],
    );
  };

  const before = async (request: string) => {
    if (request.endsWith('/resync')) {
      const id = await jobOf();
      if (id !== undefined) await harian.api('POST', `/api/jobs/${id}/cancel`);
    }
    if (request.includes('/jobs/')) await newJob();
    if (request.endsWith('/retry'))
      await sql.query(`update pgboss.job set state = 'failed' where id = $1`, [known.get('JOB_ID')]);
  };

  const after = async (request: string, answer: Answer, byItself: boolean) => {
    const etag = answer.headers.get('etag');
    if (etag !== null) known.set('ETAG', etag);
    const invite = /\/connect\/([\w-]+)"/.exec(answer.body)?.[1];
    if (request.endsWith('/connect-links') && invite !== undefined) {
      known.set('INVITE', invite);
      if (byItself) await connectByItself(invite);
    }
    if (request.startsWith('POST /connect/')) {
      await connect(answer.headers.get('location') ?? '');
      known.set('COOKIE', /harian_connect=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '');
    }
    if (request === 'POST /api/webhooks') known.set('WEBHOOK_ID', (JSON.parse(answer.body) as { id: string }).id);
    if (request === 'POST /api/admin-keys') known.set('KEY_ID', (JSON.parse(answer.body) as { id: string }).id);
  };

  /** A body that TikTok would have signed. */
  const signed = (command: string) => {
    const body = / -d '([^']*)'/.exec(command)?.[1] ?? '';
    const signature = signWebhook(clientSecret, body, Math.floor(Date.now() / 1000));
    return command.replace('t=UNIX_SECONDS,s=HMAC', signature);
  };
  const filled = (command: string) =>
    signed(
      [...known].reduce((text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value), command),
    );
  return { known, before, after, filled };
}

/** `POST /api/stores` of a command. */
const requestOf = (command: string) => {
  const [, path] = /\$HARIAN_URL([^\s"?]*)/.exec(command) ?? [];
  return `${/-X (\w+)/.exec(command)?.[1] ?? 'GET'} ${path}`;
};

async function execute(command: string, scene: ReturnType<typeof createScene>, byItself: boolean): Promise<void> {
  await scene.before(requestOf(command));
  const shell = scene.filled(command);
  const [method = '', path = ''] = requestOf(shell).split(' ');
  const answer = await runShell(shell);
  expect(answer.status, `${shell}\n${answer.body}`).toBeLessThan(400);
  const schema = findOperation(document, method, path)?.responses[answer.status]?.content?.['application/json']?.schema;
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
  if (schema && isJson)
    expect(() => strictValidator(document, schema).parse(JSON.parse(answer.body)), shell).not.toThrow();
  await scene.after(requestOf(shell), answer, byItself);
}

/** In the order of a store's life: what makes it, what else there is, what ends it. */
function inOrder(endpoints: Endpoint[]): Endpoint[] {
  const begins = ['createStore', 'createConnectLink', 'createAdminKey', 'createWebhook'];
  const ends = ['revokeAdminKey', 'deleteWebhook', 'disconnectStore', 'deleteStore', 'erase'];
  const id = ({ operation }: Endpoint) => operation.operationId ?? '';
  const named = (names: string[]) => names.flatMap((name) => endpoints.filter((endpoint) => id(endpoint) === name));
  return [...named(begins), ...endpoints.filter((one) => ![...begins, ...ends].includes(id(one))), ...named(ends)];
}

describe('every example of the API description', () => {
  const api = () => document as unknown as OpenApiDocument;
  const sampleId = '0c4c9a58-7d3e-4f55-9f0d-0a8f6b1a2c3d';

  test('that is a request is answered as promised, each as /docs shows it, and with all its parameters', {
    timeout: 300_000,
  }, async () => {
    const scene = createScene('jkt-01', 0);
    const endpoints = inOrder(listEndpoints(api()));
    expect(endpoints.length).toBeGreaterThan(20);
    for (const endpoint of endpoints) {
      const ids = { '/jobs/': 'JOB_ID', '/webhooks/': 'WEBHOOK_ID', '': 'KEY_ID' };
      const [, idName] = Object.entries(ids).find(([part]) => endpoint.path.includes(part)) ?? [];
      const command = curlExample(api(), endpoint).replaceAll(sampleId, String(idName));
      await execute(command, scene, true);
      const query = endpoint.parameters.filter((one) => one.in === 'query' && one.name !== 'cursor');
      if (query.length === 0) continue;
      const pairs = query.map((one) => [one.name, String(one.example ?? sampleOf(api(), one.schema, one.name))]);
      const url = /"(\$HARIAN_URL[^"?]*)[^"]*"/;
      await execute(command.replace(url, `"$1?${new URLSearchParams(pairs).toString()}"`), scene, true);
    }
  });

  test('that is an answer has the shape that the answer promises', () => {
    let examples = 0;
    for (const { method, path, operation } of listEndpoints(api())) {
      for (const [status, answer] of Object.entries(
        (operation as unknown as OpenApi['paths'][string][string]).responses,
      )) {
        const where = `${method} ${path} ${status}`;
        for (const [type, media] of Object.entries(answer.content ?? {})) {
          const given =
            media.example === undefined
              ? Object.values(media.examples ?? {}).map(({ value }) => value)
              : [media.example];
          expect(given.length, where).toBeGreaterThan(0);
          if (type !== 'application/json') continue;
          for (const value of given)
            expect(() => strictValidator(document, media.schema).parse(value), where).not.toThrow();
          examples += given.length;
        }
        if (Number(status) < 400) continue;
        const codes = Object.entries(answer.content?.['application/json']?.examples ?? {}).map(([name, { value }]) => {
          expect(envelope.parse(value).error.code, where).toBe(name);
          return name;
        });
        expect(codes, where).toEqual(answer.description.split(', '));
      }
    }
    expect(examples).toBeGreaterThan(200);
  });
});

test('every command that the README shows for the API works, one after the other', { timeout: 300_000 }, async () => {
  const readme = await readFile('README.md', 'utf8');
  const block = /## API\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const commands = block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => line.replace(/\s+#.*$/, '').split('; '))
    // Into a file: here it is looked at.
    .map((line) => line.replace(/ (-o|>>) \S+$/, ''))
    .filter((line) => line.startsWith('curl '));
  expect(commands.length).toBeGreaterThan(25);
  const scene = createScene('toko-01', 1);
  scene.known.set('VIDEO_ID', videoId);
  // The other examples made a key of this name.
  await sql.query(`update admin_keys set name = gen_random_uuid()::text where name = 'analyst'`);
  for (const command of commands) {
    if (/toko-01\/videos\/VIDEO_ID/.test(command)) {
      await sql.query(
        `insert into videos (store_code, video_id, first_seen_date) values ('toko-01', $1, '2026-11-16') on conflict do nothing`,
        [videoId],
      );
    }
    await execute(command, scene, false);
  }
});

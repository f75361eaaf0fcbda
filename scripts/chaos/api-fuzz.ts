import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { OpenApi } from '../../tests/support/openapi.ts';
import type { Experiment } from './experiment.ts';
import { judgeAnswer } from './fuzz/judge.ts';
import { type Caller, type Shot, shotsFrom } from './fuzz/requests.ts';
import { createHttpAgent, exchange } from './http-exchange.ts';
import { adminKey } from './rig.ts';

const atOnce = 24;
const batchSize = 1_000;
/** Above this the server may hang up in the middle of the body: that is an answer too. */
const largeBodyBytes = 60_000;
const seededStores = 4;
/** So many failures tell the story; of a planted defect a few do. */
const enough = process.env.HARIAN_DEFECT === undefined ? 1_000 : 3;

const keys = ['read', 'operate', 'expired', 'revoked'].map((name) => ({ name, key: `fuzz-${name}-`.padEnd(40, 'x') }));
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
/** Everyone who may come: most may do something, so that requests get past the door. */
const callersWith = (session: string): Caller[] => [
  { name: 'admin', weight: 30, headers: bearer(adminKey) },
  { name: 'admin, on the console', weight: 6, headers: { cookie: session, 'sec-fetch-site': 'same-origin' } },
  { name: 'admin, from elsewhere', weight: 2, headers: { cookie: session, 'sec-fetch-site': 'cross-site' } },
  ...keys.map(({ name, key }) => ({ name: `key ${name}`, weight: 2, headers: bearer(key) })),
  { name: 'nobody', weight: 2, headers: {} },
  { name: 'a wrong key', weight: 2, headers: bearer(`${adminKey}x`) },
  { name: 'an empty key', weight: 1, headers: { authorization: 'Bearer ' } },
  { name: 'basic', weight: 1, headers: { authorization: `Basic ${Buffer.from(`a:${adminKey}`).toString('base64')}` } },
  { name: 'odd bytes', weight: 1, headers: { authorization: 'Bearer \u00ff\u00fe\u0080' } },
  { name: 'a long key', weight: 1, headers: bearer('k'.repeat(6_000)) },
];

/** Requests that nobody would send, made from what the program says of itself, at the program itself. */
export const apiFuzz: Experiment = {
  name: 'api-fuzz',
  figure: 'no 5xx, no answer in another shape or without its headers, no crash, whatever is asked',
  quick: 50_000,
  full: 500_000,
  negative: 6_000,
  async run({ n, seed, rig, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const db = rig.openDatabase(databaseUrl);
    const { simulator, url: simulatorUrl } = await rig.serveSimulator();
    const openIds = simulator.control.accounts.slice(0, seededStores).map(({ openId }) => openId);
    await rig.insertStores(db, simulator, openIds);
    for (const { name, key } of keys) {
      const scope = name === 'read' || name === 'operate' ? name : 'admin';
      const past = `now() - interval '1 day'`;
      await db.execute(
        `insert into admin_keys (id, name, key_hash, scope, expires_at, revoked_at)
         values ('${randomUUID()}', '${name}', '\\x${hashOf(key)}', '${scope}',
                 ${name === 'expired' ? past : 'null'}, ${name === 'revoked' ? past : 'null'})`,
      );
    }
    const harian = await rig.startHarian({ databaseUrl, simulatorUrl });
    const port = Number(new URL(harian.url).port);
    const agent = createHttpAgent(atOnce);
    rig.cleanup.defer(async () => agent.destroy());

    const jobs = await Promise.all(
      openIds.map(async (openId) => {
        const { headers } = await harian.api('POST', `/api/stores/${openId}/resync`);
        return headers.get('location')?.split('/').at(-1) ?? '';
      }),
    );
    const signedIn = await exchange(agent, port, {
      method: 'POST',
      path: '/session',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ key: adminKey }).toString(),
    });
    const session = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { body: document } = await harian.api<OpenApi>('GET', '/openapi.json');
    const first = await harian.api<{ next_cursor: string }>('GET', '/api/stores?limit=1');
    const shots = shotsFrom(document, {
      callers: callersWith(session),
      known: {
        store_code: [...openIds, 'fuzz-1', 'fuzz-2', 'fuzz-3', 'gone'],
        id: [...jobs, randomUUID()],
        cursor: [first.body.next_cursor],
        invite: ['result', 'x'.repeat(43)],
      },
      kept: new Set(openIds),
    });

    const failures: string[] = [];
    const statuses = new Map<number, number>();
    let cutOff = 0;
    const fire = async (shot: Shot) => {
      const received = await exchange(agent, port, shot).catch((error: NodeJS.ErrnoException) => error);
      if (received instanceof Error) {
        const isLarge =
          (shot.body?.length ?? 0) > largeBodyBytes && ['EPIPE', 'ECONNRESET'].includes(received.code ?? '');
        // Of a request line that nobody can read the server does not know that it said HEAD: it sends the refusal whole.
        const isHead = shot.method === 'HEAD' && received.code === 'HPE_CLOSED_CONNECTION';
        if (isLarge || isHead) cutOff += 1;
        else failures.push(`${describe(shot)}: ${received.message}`);
        return;
      }
      statuses.set(received.status, (statuses.get(received.status) ?? 0) + 1);
      const problems = judgeAnswer(document, shot, received);
      // Others fail beside them all the time, from the same address.
      // Of exports only so many are made at once.
      const mayHaveToWait = shot.path.startsWith('/api/export/') && received.status === 429;
      const isTurnedAway =
        shot.caller === 'admin' &&
        shot.path.startsWith('/api/') &&
        [401, 429].includes(received.status) &&
        !mayHaveToWait;
      if (isTurnedAway) problems.push('an honest admin is turned away');
      for (const problem of problems) {
        failures.push(`${problem}: ${describe(shot)} was answered ${received.status} ${received.text.slice(0, 200)}`);
      }
    };

    const beganMs = performance.now();
    for (let done = 0; done < n; done += batchSize) {
      const batch = fc.sample(shots, { seed: seed + done, numRuns: Math.min(batchSize, n - done) });
      let next = 0;
      const goOn = async () => {
        for (let shot = batch[next++]; shot && failures.length < enough; shot = batch[next++]) {
          signal.throwIfAborted();
          await fire(shot);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, goOn));
      if (done % 10_000 === 0) say(`${done + batch.length} of ${n} requests, ${failures.length} failures`);
      if (failures.length >= enough) break;
    }
    const perSecond = Math.round(n / ((performance.now() - beganMs) / 1000));

    failures.push(...(await examineProcess(harian)));
    // A generator that only ever meets one refusal would prove nothing.
    for (const status of [200, 201, 400, 401, 404, 405, 409, 415]) {
      if (failures.length === 0 && (statuses.get(status) ?? 0) < n / 10_000)
        failures.push(`status ${status} was hardly ever met`);
    }
    const shown = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    return { n, failures, measured: [shown.join(' '), `cut off: ${cutOff}`, `${perSecond}/s`] };
  },
  defects: [
    {
      name: 'a name may hold NUL',
      file: 'src/http/schemas.ts',
      find: '/^[^\\u0000-\\u001f\\u007f]*$/',
      replace: '/^[^]*$/',
    },
    {
      name: 'a cursor is taken as it comes',
      file: 'src/http/cursor.ts',
      find: 'if (!parsed.success) throw invalid();',
      replace: 'if (!parsed.success) return position as never;',
    },
    {
      name: 'a refusal says more than the envelope',
      file: 'src/http/error-handler.ts',
      find: 'return c.json({ error: { code, message } }, status);',
      replace: 'return c.json({ error: { code, message, path: c.req.path } }, status);',
    },
    {
      name: 'a store is not as described',
      file: 'src/http/present.ts',
      find: 'paused: store.paused,',
      replace: 'paused: String(store.paused) as never,',
    },
    {
      name: 'pages of our own errors may be framed',
      file: 'src/http/middleware/security-headers.ts',
      find: 'const answer = c.res.headers;',
      replace: 'const answer = c.res.headers; if (c.res.status === 404) return;',
    },
    {
      name: 'a promise is left to fail on its own',
      file: 'src/http/middleware/request-log.ts',
      find: 'const startedAt = performance.now();',
      replace:
        "const startedAt = performance.now(); if (c.req.method === 'OPTIONS') Promise.reject(new Error('left'));",
    },
  ],
};

const describe = ({ method, path, headers, body, caller }: Shot) =>
  `${method} ${path.slice(0, 200)} by ${caller} ${JSON.stringify({ ...headers, authorization: undefined }).slice(0, 300)} ${body?.toString('latin1').slice(0, 200) ?? ''}`;

/** Whether it lives, answers, and has nothing to complain about. */
export async function examineProcess(harian: {
  exited: Promise<number | null>;
  output(): Promise<string>;
  api(method: string, path: string): Promise<{ status: number }>;
}): Promise<string[]> {
  const lives = await Promise.race([harian.exited.then(() => false), Promise.resolve(true)]);
  const answers = lives && (await harian.api('GET', '/api/stores').catch(() => null))?.status === 200;
  const complaints = (await harian.output())
    .split('\n')
    .filter((line) => line !== '' && (!line.startsWith('{') || /unhandled|"level":"error"/.test(line)))
    // Asked whether it is ready while it starts, it says no.
    .filter((line) => !line.includes('"error_code":"NOT_READY"'));
  return [
    ...(lives ? [] : ['the process is gone']),
    ...(answers ? [] : ['the process does not answer an honest request']),
    ...complaints.slice(0, 20).map((line) => `in its log: ${line.slice(0, 300)}`),
  ];
}

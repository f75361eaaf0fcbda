import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import { signWebhook } from '../../src/simulator/webhook.ts';
import { findSecrets } from '../../tests/support/secret-search.ts';
import { createTcpProxy } from '../rig/tcp-proxy.ts';
import type { Experiment } from './experiment.ts';
import { createHttpAgent } from './http-exchange.ts';
import { connectAsOwner, createAsk, visitAsAdmin } from './leak/visitor.ts';
import { createWitness, dumpDatabase, readFolder, type Witness } from './leak/witness.ts';
import { type HarianProcess, plantedEnvironment } from './rig.ts';

const run = promisify(execFile);

/** Far more than it takes, also on a machine with much else to do. */
const readySeconds = 120;

/** One to each store, in turn: what can go wrong while a secret is in somebody's hands. */
const failures: readonly Omit<Fault, 'openId'>[] = [
  { endpoint: 'token', kind: 'internal_error' },
  { endpoint: 'token', kind: 'reset' },
  { endpoint: 'token', kind: 'reply_lost' },
  { endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant', status: 400 },
  { endpoint: 'token', kind: 'wrong_content_type' },
  { endpoint: 'token', kind: 'truncated_body' },
  { endpoint: 'token', kind: 'redirect' },
  { endpoint: 'user/info', kind: 'token_invalid' },
  { endpoint: 'user/info', kind: 'rate_limited' },
  { endpoint: 'user/info', kind: 'redirect' },
  { endpoint: 'video/list', kind: 'truncated_body' },
  { endpoint: 'video/list', kind: 'display_error' },
];

/** No secret leaves the program but where it belongs, whatever happens to it. */
export const leakScan: Experiment = {
  name: 'leak-scan',
  figure: 'no secret in logs, answers, tables, job payloads, the spool or the files of PostgreSQL, in any encoding',
  quick: 12,
  full: 48,
  negative: 12,
  async run({ n, rig, say }) {
    const witness = createWitness();
    const problems: string[] = [];
    const canary = (kind: string, bytes = 24) => {
      const value = randomBytes(bytes).toString('base64url');
      witness.keepSecret(kind, value);
      return value;
    };
    const clientSecret = canary('client secret');
    const adminKey = canary('admin key', 32);
    const encryptionKey = randomBytes(32);
    witness.keepSecret('encryption key', encryptionKey);
    witness.keepSecret('encryption key as configured', encryptionKey.toString('base64'));
    const realUrl = await rig.createDatabase();
    const proxy = await createTcpProxy(realUrl);
    witness.keepSecret('database password', new URL(realUrl).password);
    witness.keepSecret('DATABASE_URL', proxy.url);
    const db = rig.openDatabase(realUrl);

    /** What happens when the next refresh arrives at TikTok, and what then becomes of its answer. */
    let onRefresh: ((answer: () => Promise<Response>) => Promise<Response>) | null = null;
    const { simulator, url: simulatorUrl } = await rig.serveSimulator(
      {
        clientSecret,
        accounts: Array.from({ length: n }, (_, at) => ({
          openId: `owner-${at}`,
          username: `u${at}`,
          displayName: `Owner ${at}`,
          videoCount: 2,
        })),
      },
      async (request, answer) => {
        witness.see('an address asked of TikTok', request.url);
        if (!request.url.includes('/v2/oauth/token/')) return answer();
        const isRefresh = (await request.clone().text()).includes('grant_type=refresh_token');
        const interfere = isRefresh ? onRefresh : null;
        if (interfere) onRefresh = null;
        return interfere ? interfere(() => overhear(witness, answer)) : overhear(witness, answer);
      },
    );
    const environment = {
      TIKTOK_CLIENT_SECRET: clientSecret,
      ADMIN_API_KEY: adminKey,
      TOKEN_ENC_KEY: `k1:${encryptionKey.toString('base64')}`,
      LOG_LEVEL: 'debug',
    };
    const processes: HarianProcess[] = [];
    const start = async (more: Record<string, string> = {}) => {
      const started = await rig.startHarian({
        databaseUrl: proxy.url,
        simulatorUrl,
        untilReady: false,
        environment: { ...environment, ...more },
      });
      processes.push(started);
      return started;
    };
    const agent = createHttpAgent(4);
    rig.cleanup.defer(async () => agent.destroy());
    rig.cleanup.defer(() => proxy.cut());
    const ask = createAsk(witness, agent, () => Number(new URL(harian.url).port));
    const admin = { authorization: `Bearer ${adminKey}` };
    const codes = Array.from({ length: n }, (_, at) => ({ storeCode: `leak-${at}`, openId: `owner-${at}` }));
    const spool = join(rig.directory, 'spool');
    let spooled = 0;
    const seeSpool = async () => {
      const files = Object.entries(await readFolder(spool));
      spooled = Math.max(spooled, files.length);
      for (const [file, bytes] of files) witness.see(`the spool's ${file}`, bytes);
    };

    /** A step that breaks off is told at the end; what was said and written until then is searched all the same. */
    const step = async (name: string, work: () => Promise<unknown>) => {
      say(name);
      await work().catch((error: Error) => problems.push(`${name} broke off: ${error.message.slice(0, 200)}`));
    };
    const readStore = async (storeCode: string) => {
      const { text } = await ask('a store', { method: 'GET', path: `/api/stores/${storeCode}`, headers: admin });
      return JSON.parse(text) as {
        status: string;
        last_synced_at: string | null;
        job: { id: string; state: string } | null;
      };
    };
    /** Until no job of it is about to run. False when that takes more than `seconds`. */
    const settled = async (storeCode: string, seconds = 15) => {
      for (let tries = 0; tries < seconds * 5; tries++) {
        const { job } = await readStore(storeCode);
        if (job === null || ['retrying', 'deferred', 'failed', 'completed', 'cancelled'].includes(job.state))
          return true;
        await sleep(200);
      }
      return false;
    };
    const ready = async () => {
      const deadline = performance.now() + readySeconds * 1_000;
      for (;;) {
        const answer = await ask('readiness', { method: 'GET', path: '/readyz' }).catch(() => null);
        if (answer?.status === 200) return;
        if (performance.now() > deadline) throw new Error('it was never ready');
        await sleep(200);
      }
    };
    const resync = (storeCode: string) =>
      ask('a resync', { method: 'POST', path: `/api/stores/${storeCode}/resync`, headers: admin });

    let harian = await start();
    await step('starting', ready);
    await step('connecting', async () => {
      for (const { storeCode, openId } of codes) {
        await ask('a store, added', {
          method: 'POST',
          path: '/api/stores',
          headers: { ...admin, 'content-type': 'application/json' },
          body: JSON.stringify({ store_code: storeCode, name: `Leak ${storeCode}` }),
        });
        await connectAsOwner({
          witness,
          ask,
          admin,
          storeCode,
          consent: (authorizeUrl) => simulator.control.consent(authorizeUrl, { openId }),
          refuse: (authorizeUrl) => simulator.control.consent(authorizeUrl, 'refuse'),
          spoilExchange: () => {
            simulator.control.faults.add({ endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant', openId });
          },
        });
      }
      for (const { storeCode } of codes) {
        if (!(await settled(storeCode))) problems.push(`${storeCode} was not read`);
      }
    });
    await step('an admin at work', () => visitAsAdmin({ witness, ask, adminKey, admin, storeCode: 'leak-0' }));
    witness.see('the tables, all connected', await dumpDatabase(db));

    // Shorter than the margin within which a token is refreshed: from now on every run refreshes.
    simulator.control.setTokenLife({ accessTokenLifeSeconds: 60 });
    await step('refreshing', async () => {
      await db.execute(`update tiktok_accounts set access_expires_at = now() + interval '1 minute'`);
      for (const { storeCode } of codes) await resync(storeCode);
      for (const { storeCode } of codes) await settled(storeCode);
    });
    await step('failing', async () => {
      for (const [at, { storeCode, openId }] of codes.entries()) {
        const fault = failures[at % failures.length];
        if (fault) simulator.control.faults.add({ ...fault, openId });
        await resync(storeCode);
      }
      for (const { storeCode } of codes) {
        await settled(storeCode);
        const { job } = await readStore(storeCode);
        if (job) await ask('a job', { method: 'GET', path: `/api/jobs/${job.id}`, headers: admin });
      }
      simulator.control.faults.clear();
    });
    witness.see('the tables, after failures', await dumpDatabase(db));

    const survivors: string[] = [];
    for (const { storeCode } of codes)
      if ((await readStore(storeCode)).status === 'CONNECTED') survivors.push(storeCode);
    const [first = '', second = ''] = survivors.toReversed();
    await step('a worker killed in the middle of a refresh', async () => {
      const reached = Promise.withResolvers<void>();
      onRefresh = async (answer) => {
        reached.resolve();
        await sleep(500);
        return answer();
      };
      await resync(first);
      await Promise.race([reached.promise, sleep(10_000)]);
      await harian.kill();
      witness.see('the tables, after a kill', await dumpDatabase(db));
      await seeSpool();
      harian = await start();
      await ready();
      await settled(first, 20);
    });
    await step('the database away in the middle of a refresh', async () => {
      const reached = Promise.withResolvers<void>();
      onRefresh = async (answer) => {
        await proxy.cut();
        reached.resolve();
        return answer();
      };
      await resync(second);
      await Promise.race([reached.promise, sleep(10_000)]);
      for (let look = 0; look < 10; look++) {
        await sleep(300);
        await seeSpool();
      }
      for (const path of ['/readyz', '/api/stores', '/', '/connect/x']) {
        await ask('without a database', { method: 'GET', path, headers: { ...admin, accept: 'application/json' } });
      }
      await proxy.restore();
      await ready();
      await settled(second, 25);
      await seeSpool();
    });
    await step('webhooks', async () => {
      const event = { client_key: rig.environment.TIKTOK_CLIENT_KEY, create_time: Math.floor(Date.now() / 1000) };
      const removal = { ...event, event: 'authorization.removed', user_openid: 'owner-1', content: '{"reason":4}' };
      for (const secret of ['wrong', clientSecret.slice(1), clientSecret]) {
        for (const body of [{ ...event, event: 'other', token: adminKey }, removal].map((one) => JSON.stringify(one))) {
          const headers = { 'tiktok-signature': signWebhook(secret, body, event.create_time) };
          await ask('a webhook', { method: 'POST', path: '/webhooks/tiktok', headers, body });
        }
      }
      await readStore('leak-1');
    });
    await step('a further key', async () => {
      const made = await run(process.execPath, ['scripts/create-admin-key.ts', '--name', 'canary'], {
        env: { PATH: process.env.PATH, ...plantedEnvironment(), DATABASE_URL: realUrl },
      });
      const key = /hrn_[\w-]+/.exec(made.stdout)?.[0] ?? '';
      witness.keepSecret('further key', key);
      witness.see('the command that makes a key', `${made.stdout}${made.stderr}`, [key]);
      for (const authorization of [`Bearer ${key}`, `Bearer ${key}x`]) {
        await ask('with a further key', { method: 'GET', path: '/api/stores', headers: { authorization } });
      }
    });
    await step('disconnecting', async () => {
      await ask('a disconnect', { method: 'POST', path: `/api/stores/leak-0/disconnect`, headers: admin });
      simulator.control.faults.add({ endpoint: 'revoke', kind: 'internal_error' });
      await ask('a disconnect', { method: 'POST', path: `/api/stores/leak-2/disconnect`, headers: admin });
      await ask('a deletion', { method: 'DELETE', path: `/api/stores/leak-3`, headers: admin });
      await resync('leak-0');
    });
    await step('starts that fail', async () => {
      const wrongPassword = new URL(realUrl);
      wrongPassword.password = canary('wrong password');
      const bad: Record<string, string>[] = [
        { TOKEN_ENC_KEY: `k1:${canary('bad encryption key')}` },
        { ADMIN_API_KEY: `${canary('bad admin key')} with spaces` },
        { DATABASE_URL: wrongPassword.href },
        { DATABASE_URL: `mysql://user:${canary('password of another database')}@127.0.0.1/x` },
        { TIKTOK_API_URL: `https://user:${canary('password in an address')}@127.0.0.1` },
        { PUBLIC_URL: `http://localhost/${canary('path of an address')}` },
      ];
      for (const more of bad) {
        const failed = await start(more);
        const ended = await Promise.race([failed.exited, sleep(readySeconds * 1_000, 'running' as const)]);
        if (ended === 'running' || ended === 0) problems.push(`it started with a bad ${Object.keys(more).join()}`);
      }
    });
    harian.signal('SIGTERM');
    await harian.exited;

    say('searching');
    witness.see('the tables, at the end', await dumpDatabase(db));
    await seeSpool();
    let logBytes = 0;
    for (const each of processes) {
      const log = await each.output();
      logBytes += log.length;
      witness.see('a log', log);
    }
    const cluster = await readFolder(join(rig.directory, 'postgres', 'cluster'));
    const written = Object.entries(cluster).filter(([file]) => /^(base|pg_wal)\//.test(file));
    for (const [file, bytes] of written) witness.see(`PostgreSQL's ${file}`, bytes);
    const serverLog = await readFile(join(rig.directory, 'postgres', 'server.log')).catch(() => Buffer.alloc(0));
    witness.see("PostgreSQL's log", serverLog);

    const secrets = Object.keys(witness.canaries).length;
    if (secrets < 100) problems.push(`only ${secrets} secrets were made`);
    if (logBytes < 10_000) problems.push('hardly anything was logged');
    const leaks = findSecrets(witness.canaries, witness.places);
    return {
      n: secrets,
      failures: [...summarise(leaks), ...problems],
      measured: [
        `${Object.keys(witness.places).length} places`,
        `${Math.round(Object.values(witness.places).reduce((sum, { length }) => sum + length, 0) / 2 ** 20)} MiB`,
        `spool: ${spooled} files`,
      ],
    };
  },
  defects: [
    {
      name: 'the log has the address that was asked for',
      file: 'src/http/middleware/request-log.ts',
      find: 'const route = routePath(c, -1)',
      replace: 'const route = c.req.url',
    },
    {
      name: 'the log tells the code that TikTok refused',
      file: 'src/services/complete-connect.ts',
      find: 'return outcomeOfRefusal(deps,',
      replace: "deps.logger.warn('refused: ' + request.code); return outcomeOfRefusal(deps,",
    },
    {
      name: 'a token rides in a job’s payload',
      file: 'src/services/complete-connect.ts',
      find: "await enqueueNow(deps, tx, store, 'connect');",
      replace: `await enqueueNow(deps, tx, store, 'connect');
         await tx.execute("update pgboss.job set data = data || jsonb_build_object('token', '" + grant.accessToken + "')"
           + " where singleton_key = '" + storeCode + "'");`,
    },
    {
      name: 'access tokens are stored as they are',
      file: 'src/services/token-pair.ts',
      find: 'cipher.encrypt(grant.accessToken, accessCell(storeCode))',
      replace: 'grant.accessToken',
    },
    {
      name: 'the spent token itself is kept, not its hash',
      file: 'src/services/refresh-token.ts',
      find: 'spentTokenHash: sha256(refreshToken)',
      replace: 'spentTokenHash: Buffer.from(refreshToken)',
    },
    {
      name: 'a refusal repeats the Authorization header, in base64',
      file: 'src/http/error-handler.ts',
      find: 'return c.json({ error: { code, message } }, status);',
      replace:
        "return c.json({ error: { code, message: message + btoa(c.req.header('authorization') ?? '') } }, status);",
    },
    {
      name: 'code and state go on to the next page',
      file: 'src/http/routes/connect.ts',
      find: '    }\n    return c.redirect(resultPath, 303);',
      replace: '    }\n    return c.redirect(resultPath + new URL(c.req.url).search, 303);',
    },
    {
      name: 'the client secret stands in the address',
      file: 'src/tiktok/oauth.ts',
      find: "path === 'revoke',\n    });",
      replace:
        "path === 'revoke',\n      ...{ url: oauthUrl + '/' + path + '/?client_secret=' + clientSecret },\n    });",
    },
    {
      name: 'a bad configuration is quoted',
      file: 'src/config.ts',
      find: "context.addIssue('must be `id:key[,id:key]`, each key 32 bytes as base64')",
      replace: 'context.addIssue(text)',
    },
  ],
};

/** Whatever TikTok hands out as a token is a secret from then on. */
async function overhear(witness: Witness, answer: () => Promise<Response>): Promise<Response> {
  const response = await answer();
  const text = await response
    .clone()
    .text()
    .catch(() => '');
  for (const [, kind, token] of text.matchAll(/"(access|refresh)_token":"([^"]+)"/g)) {
    witness.keepSecret(`${kind} token`, token);
  }
  return response;
}

/** One line for each kind of secret and place, however often. */
function summarise(leaks: readonly string[]): string[] {
  const byKind = Map.groupBy(leaks, (leak) => leak.replaceAll(/ \d+(?= as )| #\d+$/g, ''));
  return [...byKind].map(([kind, all]) => (all.length === 1 ? kind : `${kind} (${all.length} times)`));
}

import type { Agent } from 'node:http';
import { exchange, type Received, type Sent } from '../http-exchange.ts';
import type { Witness } from './witness.ts';

/** Asks the program something and has every byte of the answer searched. */
export type Ask = (name: string, sent: Sent, shows?: (answer: Received) => readonly string[]) => Promise<Received>;

export function createAsk(witness: Witness, agent: Agent, port: () => number): Ask {
  return async (name, sent, shows = () => []) => {
    const answer = await exchange(agent, port(), sent);
    const head = answer.rawHeaders.map((part, at) => (at % 2 === 0 ? `\n${part}: ` : part)).join('');
    witness.see(name, `${answer.status}${head}\n\n${answer.text}`, shows(answer));
    return answer;
  };
}

const cookieOf = (answer: Received) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const valueIn = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1);
const pathOf = (url: string) => `${new URL(url).pathname}${new URL(url).search}`;

/** An owner who connects: refused once, taken once, and twice more with what is used up. */
export async function connectAsOwner(options: {
  witness: Witness;
  ask: Ask;
  admin: Record<string, string>;
  storeCode: string;
  consent(authorizeUrl: string): Promise<string>;
  refuse(authorizeUrl: string): Promise<string>;
  /** Makes the next code exchange of this account fail. */
  spoilExchange(): void;
}): Promise<void> {
  const { witness, ask, admin, storeCode } = options;
  const made = await ask(
    'a link, made',
    { method: 'POST', path: `/api/stores/${storeCode}/connect-links`, headers: admin },
    // The one answer that shows it.
    ({ text }) => [(JSON.parse(text) as { url: string }).url],
  );
  const { url } = JSON.parse(made.text) as { url: string };
  const link = new URL(url).pathname;
  const invite = link.split('/').at(-1) ?? '';
  witness.keepSecret('invite', invite);

  const begin = async () => {
    // The page's own form leads to its own address.
    await ask('the connect page', { method: 'GET', path: link, headers: { accept: 'text/html' } }, () => [invite]);
    const start = await ask('the start', { method: 'POST', path: link }, (answer) => [
      valueIn(cookieOf(answer)),
      new URL(answer.headers.get('location') ?? '').searchParams.get('state') ?? '',
    ]);
    const authorizeUrl = start.headers.get('location') ?? '';
    const cookie = cookieOf(start);
    witness.keepSecret('cookie', valueIn(cookie));
    witness.keepSecret('state', new URL(authorizeUrl).searchParams.get('state') ?? undefined);
    return { authorizeUrl, cookie };
  };
  const comeBack = async (name: string, back: string, cookie: string) => {
    const { searchParams } = new URL(back);
    witness.keepSecret('code', searchParams.get('code') ?? undefined);
    for (const accept of ['text/html', 'application/json']) {
      await ask(name, { method: 'GET', path: pathOf(back), headers: { cookie, accept } });
      await ask(`the result of ${name}`, { method: 'GET', path: '/connect/result', headers: { cookie, accept } });
    }
  };

  const declined = await begin();
  await comeBack('a refusal', await options.refuse(declined.authorizeUrl), declined.cookie);
  const failing = await begin();
  options.spoilExchange();
  await comeBack('a failed exchange', await options.consent(failing.authorizeUrl), failing.cookie);
  const { authorizeUrl, cookie } = await begin();
  const back = await options.consent(authorizeUrl);
  await comeBack('a way back without the cookie', back, 'harian_connect=foreign');
  await comeBack('the way back', back, cookie);
  await ask('a used link', { method: 'GET', path: link, headers: { accept: 'application/json' } });
  await ask('a used link, begun', { method: 'POST', path: link });
}

/** Everything an admin can do wrong or right that touches a secret. */
export async function visitAsAdmin(options: {
  witness: Witness;
  ask: Ask;
  adminKey: string;
  admin: Record<string, string>;
  storeCode: string;
}): Promise<void> {
  const { witness, ask, adminKey, admin, storeCode } = options;
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'same-origin',
    accept: 'text/html',
  };
  const stores = '/api/stores';
  for (const headers of [
    { authorization: `Bearer ${adminKey}x` },
    { authorization: `Bearer x${adminKey}` },
    { authorization: `Basic ${Buffer.from(`admin:${adminKey}`).toString('base64')}` },
    { authorization: adminKey },
    { cookie: `harian_session=${adminKey}` },
    { 'x-api-key': adminKey },
  ]) {
    await ask('a bad key', { method: 'GET', path: stores, headers });
    await ask('a bad key, nowhere', { method: 'GET', path: '/api/nope', headers });
  }
  const query = new URLSearchParams({ key: adminKey, cursor: adminKey, limit: adminKey });
  await ask('a key in the address', { method: 'GET', path: `${stores}?${query}`, headers: admin });
  const json = { ...admin, 'content-type': 'application/json' };
  for (const body of [{ store_code: adminKey.repeat(3), name: 1 }, { [adminKey]: 1 }, { name: `\0${adminKey}` }]) {
    await ask('a bad body', { method: 'POST', path: stores, headers: json, body: JSON.stringify(body) });
  }
  await ask('no JSON', { method: 'POST', path: stores, headers: json, body: `{"key": ${adminKey}` });

  await ask('a refused sign-in', { method: 'POST', path: '/session', headers: form, body: `key=${adminKey}x` });
  const signIn = {
    method: 'POST',
    path: '/session',
    headers: form,
    body: new URLSearchParams({ key: adminKey }).toString(),
  };
  const signedIn = await ask('a sign-in', signIn, (answer) => [valueIn(cookieOf(answer))]);
  const cookie = cookieOf(signedIn);
  witness.keepSecret('session', valueIn(cookie));
  await ask('the console', { method: 'GET', path: '/', headers: { cookie, accept: 'text/html' } });
  const shown = await ask(
    'a link, made on the console',
    { method: 'POST', path: `/stores/${storeCode}/connect-link`, headers: { ...form, cookie }, body: '' },
    // Shown in a field to copy it from.
    ({ text }) => [...text.matchAll(/\/connect\/([\w-]{43})/g)].slice(0, 1).map(([, invite]) => invite ?? ''),
  );
  witness.keepSecret('invite', /\/connect\/([\w-]{43})/.exec(shown.text)?.[1]);
  await ask('a sign-out', { method: 'POST', path: '/session/end', headers: { ...form, cookie }, body: '' });

  for (const path of ['/api/stores', '/api/sync-logs', '/api/queue', '/api/coverage', '/api/admin-keys', '/api/audit']
    .concat([`/api/stores/${storeCode}`, `/api/stores/${storeCode}/daily`, `/api/stores/${storeCode}/videos`])
    .concat(['/openapi.json', '/docs', '/healthz', '/readyz', '/metrics', '/nope'])) {
    for (const accept of ['application/json', 'text/html']) {
      await ask(path, { method: 'GET', path, headers: { ...admin, accept } });
    }
  }
}

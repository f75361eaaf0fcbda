import type { Agent } from 'node:http';
import { exchange, type Received } from '../http-exchange.ts';

export interface Visit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Who made the browser go there; decides what it says of it, and which cookies it takes along. */
  from?: 'own page' | 'elsewhere';
  /** Further cookies, as somebody else planted them: before its own, or after. */
  planted?: { before?: string; after?: string };
}

/** A browser as far as the connect flow can tell: its cookies, and what it says about where it comes from. */
export interface Browser {
  go(path: string, visit?: Visit): Promise<Received>;
  /** What the result page says. */
  result(): Promise<string>;
  /** Its cookies, as it would send them. */
  readonly jar: ReadonlyMap<string, string>;
  /** The only one it has; empty without. */
  cookie(): string;
}

/** Keeps `__Host-` cookies only as browsers do: Secure, Path=/, no Domain. Throws when one comes otherwise. */
export function createBrowser(agent: Agent, port: number, host: string): Browser {
  const jar = new Map<string, string>();

  function keep(header: string): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
    const known = new Set(attributes.map((attribute) => attribute.toLowerCase()));
    const wanted = ['secure', 'httponly', 'path=/', 'samesite=lax'].filter((attribute) => !known.has(attribute));
    if (wanted.length > 0 || attributes.some((attribute) => /^domain=/i.test(attribute))) {
      throw new Error(`a cookie without ${wanted.join(', ') || 'a host of its own'}`);
    }
    const [name = '', value = ''] = pair.split('=');
    if (!name.startsWith('__Host-')) throw new Error(`the cookie ${name} could be planted by another host`);
    jar.set(name, value);
  }

  async function go(path: string, visit: Visit = {}): Promise<Received> {
    const { method = 'GET', headers = {}, body, from = 'own page', planted = {} } = visit;
    // SameSite=Lax: from elsewhere it goes along only where the address bar shows it.
    const own = from === 'own page' || method === 'GET' ? [...jar].map((pair) => pair.join('=')) : [];
    const cookies = [planted.before, ...own, planted.after].filter((cookie) => cookie !== undefined);
    const answer = await exchange(agent, port, {
      method,
      path,
      headers: {
        host,
        accept: 'text/html',
        'accept-language': 'en',
        ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const header of answer.headers.getSetCookie()) keep(header);
    return answer;
  }

  return {
    go,
    jar,
    cookie: () => [...jar.values()][0] ?? '',
    result: async () => (await go('/connect/result')).text,
  };
}

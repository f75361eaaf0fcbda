import type { TestHarian } from './harian.ts';

type Choice = Parameters<TestHarian['simulator']['control']['consent']>[1];

/** Everything an owner's browser does, from the link to the result page; keeps its cookies. */
export interface Owner {
  open(link: string): Promise<Response>;
  /** Presses the button; where TikTok's consent page is. */
  start(link: string): Promise<string>;
  /** Follows the way back from TikTok. */
  finish(callbackUrl: string): Promise<Response>;
  /** The page at the end. */
  result(): Promise<string>;
  /** Says that it is not their store. */
  undo(storeCode: string): Promise<Response>;
}

export function createOwner(harian: TestHarian, language = 'en'): Owner {
  let cookie = '';
  const visit = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', 'accept-language': language, cookie },
    });
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return response;
  };
  /** PUBLIC_URL says localhost; the test listens on 127.0.0.1. */
  const local = (url: string) => {
    const { pathname, search } = new URL(url, harian.url);
    return `${harian.url}${pathname}${search}`;
  };
  return {
    open: (link) => visit(local(link)),
    async start(link) {
      const response = await visit(local(link), { method: 'POST' });
      return response.headers.get('location') ?? '';
    },
    finish: (callbackUrl) => visit(local(callbackUrl)),
    result: async () => (await visit(local('/connect/result'))).text(),
    undo: (storeCode) =>
      visit(local('/connect/undo'), { method: 'POST', body: new URLSearchParams({ store_code: storeCode }) }),
  };
}

/** Makes the store and walks its owner through the whole flow. Returns the result page. */
export async function connectStore(harian: TestHarian, storeCode: string, choice: Choice): Promise<string> {
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: `Store ${storeCode}` });
  return reconnectStore(harian, storeCode, choice);
}

export async function reconnectStore(harian: TestHarian, storeCode: string, choice: Choice): Promise<string> {
  const link = await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`);
  const owner = createOwner(harian);
  const authorizeUrl = await owner.start(link.body.url);
  await owner.finish(await harian.simulator.control.consent(authorizeUrl, choice));
  return owner.result();
}

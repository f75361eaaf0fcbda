import { Agent, interceptors, request } from 'undici';
import type { Answer, Fetch } from './http-call.ts';

// The client beneath Node's own fetch without what we do not need of that: a request costs a third of the processor time.

const dispatcher = new Agent().compose(interceptors.decompress({ skipErrorResponses: false }));

/** Follows no redirect, and decompresses what it asked for. Rejects as undici does, with its codes, or with the abort's reason. */
export const leanFetch: Fetch = async (url, { method, headers, body, signal }): Promise<Answer> => {
  const answer = await request(url, {
    dispatcher,
    method,
    headers: { 'accept-encoding': 'gzip', 'user-agent': 'harian', ...headers },
    body,
    signal,
  });
  // Left early it is destroyed, which it would tell as an error.
  answer.body.on('error', () => undefined);
  return {
    status: answer.statusCode,
    headers: { get: (name) => [answer.headers[name] ?? null].flat()[0] ?? null },
    body: Object.assign(answer.body, { cancel: async () => void answer.body.destroy() }),
  };
};

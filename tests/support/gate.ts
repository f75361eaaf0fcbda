import type { Simulator } from '../../src/simulator/app.ts';

type Fetch = Simulator['fetch'];
type Endpoint = 'token' | 'user/info' | 'video/list' | 'video/query' | 'revoke';

/** A request that waits in front of the simulated TikTok. */
export interface HeldRequest {
  /** Resolves once the program has sent it. */
  reached: Promise<void>;
  release(): void;
}

/** Stands in the way of chosen requests, so that a test can do something in the middle of a run. */
export interface Gate {
  wrapFetch(fetch: Fetch): Fetch;
  /** The next request to `endpoint` is passed on only after `release`. */
  holdNext(endpoint: Endpoint): HeldRequest;
  /** The next request to `endpoint` reaches TikTok, but its answer comes only after `release`. */
  holdAnswer(endpoint: Endpoint): HeldRequest;
  /** The next request to `endpoint` is answered with this, and never passed on. */
  answerNext(endpoint: Endpoint, body: object): void;
  /** The next request to `endpoint` fails with this, and is never passed on. */
  failNext(endpoint: Endpoint, error: Error): void;
}

export function createGate(): Gate {
  const waiting: { endpoint: Endpoint; act: (pass: () => Promise<Response>) => Promise<Response> }[] = [];
  return {
    wrapFetch: (fetch) => async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const index = waiting.findIndex(({ endpoint }) => pathname.endsWith(`/${endpoint}/`));
      const pass = () => fetch(input, init);
      const [next] = index === -1 ? [] : waiting.splice(index, 1);
      return next ? next.act(pass) : pass();
    },
    holdNext(endpoint) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const act = async (pass: () => Promise<Response>) => {
        reached.resolve();
        await released.promise;
        return pass();
      };
      waiting.push({ endpoint, act });
      return { reached: reached.promise, release: released.resolve };
    },
    holdAnswer(endpoint) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const act = async (pass: () => Promise<Response>) => {
        const answer = await pass();
        reached.resolve();
        await released.promise;
        return answer;
      };
      waiting.push({ endpoint, act });
      return { reached: reached.promise, release: released.resolve };
    },
    answerNext(endpoint, body) {
      waiting.push({ endpoint, act: async () => Response.json(body) });
    },
    failNext(endpoint, error) {
      waiting.push({ endpoint, act: () => Promise.reject(error) });
    },
  };
}

import type { Observer, RequestOutcome, TikTokEndpoint } from '../observe.ts';
import { TikTokError } from './errors.ts';

/** Makes one request and tells what came of it. */
export async function observed<T>(observe: Observer, endpoint: TikTokEndpoint, request: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const tell = (outcome: RequestOutcome) => observe.requestAnswered(endpoint, outcome, performance.now() - startedAt);
  try {
    const answer = await request();
    tell('ok');
    return answer;
  } catch (error) {
    tell(error instanceof TikTokError ? error.kind : 'aborted');
    throw error;
  }
}

import type { KnownVideo, Sight } from '../domain/video-presence.ts';
import { mostVideosPerCall, type TikTokVideos } from '../tiktok/display.ts';
import { TikTokError } from '../tiktok/errors.ts';
import type { TikTokVideo } from '../tiktok/schemas.ts';
import { CircuitOpenError } from './turnstile.ts';

/** Calls of video/query in one run: what they leave over comes first in the next one. */
const mostCalls = 10;
/** So many videos a run can ask for. */
export const mostAsked = mostCalls * mostVideosPerCall;

export interface MissingVideos {
  /** All that the list should have and has not. */
  missing: KnownVideo[];
  /** What came of those that were asked for; of the others nothing is known. */
  sights: ReadonlyMap<string, Sight>;
  /** The numbers of those that TikTok answered. */
  answered: TikTokVideo[];
  /** When the first question left. */
  askedAt: Date;
  /** What ended it early, if anything did: no failure of the run, which has its list. */
  failure: TikTokError | CircuitOpenError | null;
}

/**
 * Asks by id for the videos that a complete list should have and has not, in their order. Throws only what is neither of
 * TikTok nor of its breaker: an abort, or what the budget threw.
 */
export async function askMissingVideos(options: {
  missing: KnownVideo[];
  now: () => Date;
  query: (videoIds: string[]) => Promise<TikTokVideos>;
}): Promise<MissingVideos> {
  const { missing, now, query } = options;
  const askedAt = now();
  const sights = new Map<string, Sight>();
  const answered: TikTokVideo[] = [];
  const asked = missing.slice(0, mostAsked).map(({ videoId }) => videoId);
  const batches = Array.from({ length: Math.ceil(asked.length / mostVideosPerCall) }, (_, index) =>
    asked.slice(index * mostVideosPerCall, (index + 1) * mostVideosPerCall),
  );
  for (let calls = 0; calls < mostCalls; calls += 1) {
    const ids = batches.shift();
    if (!ids) break;
    const answer = await query(ids).catch(asFailure);
    if (!(answer instanceof Error)) {
      const byId = new Map(answer.videos.map((video) => [video.id, video]));
      for (const id of ids) {
        const video = byId.get(id);
        sights.set(id, video ? 'answered' : 'not_answered');
        if (video) answered.push(video);
      }
    } else if (answer instanceof TikTokError && answer.kind === 'bad_request') {
      // Whether one id that is not there fails the whole call is not established: the others must not suffer for it.
      const half = Math.ceil(ids.length / 2);
      if (ids.length > 1) batches.unshift(ids.slice(0, half), ids.slice(half));
      else for (const id of ids) sights.set(id, 'refused');
    } else {
      return { missing, sights, answered, askedAt, failure: answer };
    }
  }
  return { missing, sights, answered, askedAt, failure: null };
}

function asFailure(error: unknown): TikTokError | CircuitOpenError {
  if (error instanceof TikTokError || error instanceof CircuitOpenError) return error;
  throw error;
}

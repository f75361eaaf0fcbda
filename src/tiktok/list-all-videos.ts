import { mostVideosPerCall, type TikTokVideoPage } from './display.ts';
import { TikTokError } from './errors.ts';
import { countMissingVideoCounters, type TikTokVideo } from './schemas.ts';

const mostPages = 500;
/** No list has more: what lies behind them is not read. */
export const mostVideosListed = mostPages * mostVideosPerCall;

export type VideoListGuard = 'CURSOR_STUCK' | 'PAGE_LIMIT' | 'EMPTY_PAGES';

interface SeenVideos {
  /** Each id once, newest first as TikTok sent them. */
  videos: TikTokVideo[];
  /** Pages that were read. */
  pages: number;
  missingCounters: number;
}

/** Complete, or stopped by a guard, or by a failure: what was seen until then is always there. */
export type VideoListing = SeenVideos &
  (
    | { complete: true; stoppedBy: null; failure: null }
    | { complete: false; stoppedBy: VideoListGuard; failure: null }
    | { complete: false; stoppedBy: null; failure: TikTokError }
  );

export interface ListAllVideosOptions {
  /** One page of video/list; `undefined` asks for the first. */
  listPage: (cursor: number | undefined) => Promise<TikTokVideoPage>;
  maxPages?: number;
  /** Pages in a row that may bring no new video while TikTok says there is more. */
  maxEmptyPagesInRow?: number;
  /** Awaited after each page, with what was read so far. */
  onPage?: (progress: { pages: number; videos: number }) => void | Promise<void>;
}

/** Reads every page of video/list. Throws only what is no TikTokError: an abort, or what `onPage` or the budget threw. */
export async function listAllVideos(options: ListAllVideosOptions): Promise<VideoListing> {
  const { listPage, maxPages = mostPages, maxEmptyPagesInRow = 3, onPage } = options;
  const byId = new Map<string, TikTokVideo>();
  const seenCursors = new Set<number>();
  let cursor: number | undefined;
  let pages = 0;
  let emptyPagesInRow = 0;

  const seen = (): SeenVideos => {
    const videos = [...byId.values()];
    return { videos, pages, missingCounters: countMissingVideoCounters(videos) };
  };
  const stopped = (stoppedBy: VideoListGuard): VideoListing => ({
    ...seen(),
    complete: false,
    stoppedBy,
    failure: null,
  });

  while (pages < maxPages) {
    const page = await listPage(cursor).catch(asFailure);
    if (page instanceof TikTokError) return { ...seen(), complete: false, stoppedBy: null, failure: page };
    pages += 1;
    const before = byId.size;
    for (const video of page.videos) if (!byId.has(video.id)) byId.set(video.id, video);
    await onPage?.({ pages, videos: byId.size });

    if (!page.hasMore) return { ...seen(), complete: true, stoppedBy: null, failure: null };
    if (page.cursor === null || seenCursors.has(page.cursor)) return stopped('CURSOR_STUCK');
    emptyPagesInRow = byId.size === before ? emptyPagesInRow + 1 : 0;
    if (emptyPagesInRow > maxEmptyPagesInRow) return stopped('EMPTY_PAGES');
    seenCursors.add(page.cursor);
    cursor = page.cursor;
  }
  return stopped('PAGE_LIMIT');
}

function asFailure(error: unknown): TikTokError {
  if (error instanceof TikTokError) return error;
  throw error;
}

import type { AnsweredVideo, JournalEntry } from './journal.ts';
import type { AccountNumbers } from './world.ts';

/** What a truthful client must hold for one account, judged by what it was answered. */
export interface Oracle {
  /** The last answered totals; null when there were none. */
  user: Partial<AccountNumbers> | null;
  /**
   * The last walk from the first page to has_more false, and what video/query answered since, by id, the last answer of an
   * id winning; null without one.
   */
  videos: ReadonlyMap<string, AnsweredVideo> | null;
  /** The newest walk, finished or not. */
  latestWalk: { finished: boolean; videos: ReadonlyMap<string, AnsweredVideo> } | null;
}

/** Reads the journal's entries (oldest first) of one account; only answers that were delivered count. */
export function oracle(entries: readonly JournalEntry[], openId: string): Oracle {
  let user: Oracle['user'] = null;
  let videos: Oracle['videos'] = null;
  let walk: { finished: boolean; videos: Map<string, AnsweredVideo> } | null = null;
  for (const entry of entries) {
    if (entry.openId !== openId || !entry.delivered || entry.errorCode !== null || entry.status !== 200) continue;
    if (entry.endpoint === 'user/info' && entry.user) user = entry.user;
    if (entry.endpoint === 'video/query' && walk?.finished)
      for (const video of entry.videosReturned) walk.videos.set(video.id, video);
    if (entry.endpoint !== 'video/list') continue;
    if (entry.cursor === null || walk === null) walk = { finished: false, videos: new Map() };
    for (const video of entry.videosReturned) walk.videos.set(video.id, video);
    if (entry.hasMore === false) {
      walk.finished = true;
      videos = walk.videos;
    }
  }
  return { user, videos, latestWalk: walk };
}

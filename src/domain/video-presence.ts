/** What is kept of a video. The API's `beyond_cap` is no state: it says how far the last list reached. */
export const presences = ['listed', 'unlisted', 'absent', 'gone'] as const;
export type Presence = (typeof presences)[number];

export const shownPresences = [...presences, 'beyond_cap'] as const;
export type ShownPresence = (typeof shownPresences)[number];

/** `since`: the local day it began; of a video that is gone, the day on which it was first absent. */
export interface PresenceSince {
  presence: Presence;
  /** NULL: listed ever since it was first seen. */
  since: string | null;
}

/**
 * What one run with a complete list learned of a video: it is in the list; or it is missing there and was asked for by id.
 * `refused`: TikTok took the question for a wrong one, which tells nothing of the video.
 */
export type Sight = 'in_list' | 'answered' | 'not_answered' | 'refused';

/**
 * The one rule of what became of a video; a run without a complete list, or in which it was not asked for, has no sight of
 * it. `day`: the store's local day of the sight. The same object where nothing changed.
 */
export function presenceAfter<Video extends PresenceSince>(before: Video, sight: Sight, day: string): Video {
  const to = (presence: Presence) => (before.presence === presence ? before : { ...before, presence, since: day });
  switch (sight) {
    case 'in_list':
      return to('listed');
    case 'answered':
      return to('unlisted');
    case 'not_answered': {
      if (before.presence === 'gone') return before;
      const confirmed = before.presence === 'absent' && before.since !== null && before.since < day;
      return confirmed ? { ...before, presence: 'gone' } : to('absent');
    }
    case 'refused':
      return before;
  }
}

/** A video that a complete list of its store should have, unless it is missing. */
export interface KnownVideo extends PresenceSince {
  videoId: string;
  /** Known only where a run could not ask for all that were missing. */
  askedOn: string | null;
}

/**
 * The rows that change after a run asked for `missing` videos, as far as it came. Who was asked for and when matters only
 * where it did not come to all of them: else a row stays as it is while nothing becomes of its video.
 */
export function presenceChanges(
  missing: readonly KnownVideo[],
  sights: ReadonlyMap<string, Sight>,
  day: string,
): KnownVideo[] {
  const takeTurns = missing.some(({ videoId }) => !sights.has(videoId));
  return missing.flatMap((video) => {
    const sight = sights.get(video.videoId);
    if (sight === undefined) return [];
    const after = presenceAfter(video, sight, day);
    if (takeTurns && video.askedOn !== day) return [{ ...after, askedOn: day }];
    return after === video ? [] : [after];
  });
}

/**
 * What is told of a video. `oldestListedAt`: where the last list was cut off by the cap, null if it was not. Of an older
 * video nobody knows whether it is still there; one of that very second, or without a time, may not be called older.
 */
export function shownPresence(
  video: { presence: Presence; postedAt: Date | null },
  oldestListedAt: Date | null,
): ShownPresence {
  const isBeyond = oldestListedAt !== null && video.postedAt !== null && video.postedAt < oldestListedAt;
  return video.presence === 'listed' && isBeyond ? 'beyond_cap' : video.presence;
}

/** How far back a list reached that was cut off: the oldest time of posting in it; null when it tells none. */
export function oldestOf(videos: readonly { createdAt: Date | null }[]): Date | null {
  return videos.reduce<Date | null>(
    (oldest, { createdAt }) => (createdAt !== null && (oldest === null || createdAt < oldest) ? createdAt : oldest),
    null,
  );
}

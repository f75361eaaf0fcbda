import { z } from 'zod';

// Counters, and every field but ids: absent, null or malformed is null, so one bad field never costs a day. One function
// each: of a page there are hundreds, and a chain of checks costs three times as much.
const whole =
  (least: number, most: number) =>
  (value: unknown): number | null =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most ? value : null;
const counter = z.transform(whole(0, Number.MAX_SAFE_INTEGER));
const int32 = z.transform(whole(0, 2 ** 31 - 1));
const boolean = z.transform((value: unknown) => (typeof value === 'boolean' ? value : null));
/** PostgreSQL text takes neither NUL nor half a surrogate pair. */
const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : null;
const text = z.transform(textOf);
/** Kept as it came: a signed URL breaks when it is re-encoded. Another scheme must not reach an href. */
const url = z.transform((value: unknown) => {
  const address = textOf(value);
  return address !== null && /^https?:\/\//i.test(address) ? address : null;
});
const secondOf = whole(1, 253_402_300_799);
/** Up to the last second of the year 9999. */
const createdAt = z.transform((value: unknown) => {
  const second = secondOf(value);
  return second === null ? null : new Date(second * 1000);
});
/** A JSON number would already have been rounded above 2^53: only strings are ids. */
const id = z.string().regex(/^[^\p{Cc}]{1,256}$/u);

const lifetimeSeconds = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .pipe(z.int().positive());
const absent = z.union([z.null(), z.literal('')]).optional();

/** A token pair. An `error` beside it, or an empty value, makes it no success, whatever the status was. */
export const tokenAnswer = z.object({
  error: absent,
  open_id: id,
  scope: z.string().nullable().catch(null),
  access_token: z.string().regex(/\S/),
  expires_in: lifetimeSeconds,
  refresh_token: z.string().regex(/\S/),
  refresh_expires_in: lifetimeSeconds,
});

/** Revocation answers an empty body, or JSON without an `error`. */
export const revokeAnswer = z.object({ error: absent }).optional();

export const oauthErrorAnswer = z.object({
  error: z.string().min(1).nullable().catch(null),
  log_id: z.string().nullable().catch(null),
});

export const displayErrorAnswer = z.object({
  error: z.object({ code: z.string().min(1), log_id: z.string().nullable().catch(null) }),
});

const ok = z.object({ code: z.literal('ok') });

export const userInfoAnswer = z.object({
  error: ok,
  data: z.object({
    user: z.object({
      open_id: id,
      union_id: text,
      display_name: text,
      username: text,
      avatar_url: url,
      is_verified: boolean,
      follower_count: counter,
      following_count: counter,
      likes_count: counter,
      video_count: counter,
    }),
  }),
});

/** One video of the day it was read. Counters are lifetime totals; null means that TikTok gave none. */
export interface TikTokVideo {
  id: string;
  createdAt: Date | null;
  title: string | null;
  description: string | null;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  shareUrl: string | null;
  /** Lives 6 hours. */
  embedLink: string | null;
  viewCount: number | null;
  likeCount: number | null;
  commentCount: number | null;
  shareCount: number | null;
}

const video = z
  .object({
    id,
    create_time: createdAt,
    title: text,
    video_description: text,
    duration: int32,
    width: int32,
    height: int32,
    share_url: url,
    embed_link: url,
    view_count: counter,
    like_count: counter,
    comment_count: counter,
    share_count: counter,
  })
  .transform(
    (raw): TikTokVideo => ({
      id: raw.id,
      createdAt: raw.create_time,
      title: raw.title,
      description: raw.video_description,
      durationSeconds: raw.duration,
      width: raw.width,
      height: raw.height,
      shareUrl: raw.share_url,
      embedLink: raw.embed_link,
      viewCount: raw.view_count,
      likeCount: raw.like_count,
      commentCount: raw.comment_count,
      shareCount: raw.share_count,
    }),
  );

const videos = z
  .array(video)
  .nullish()
  .transform((list) => list ?? []);

/** `has_more` is required: taking its absence for "no more" would call a truncated list complete. */
export const videoListAnswer = z.object({
  error: ok,
  data: z.object({ videos, cursor: counter, has_more: z.boolean() }),
});

export const videoQueryAnswer = z.object({ error: ok, data: z.object({ videos }) });

/** How many of these counters TikTok left out or sent malformed. */
export function countMissing(counters: readonly (number | null)[]): number {
  return counters.filter((value) => value === null).length;
}

/** How many of the four counters of each video are missing, summed. */
export function countMissingVideoCounters(list: readonly TikTokVideo[]): number {
  return countMissing(list.flatMap((one) => [one.viewCount, one.likeCount, one.commentCount, one.shareCount]));
}

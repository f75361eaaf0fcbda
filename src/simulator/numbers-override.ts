import { z } from 'zod';

const count = z.int().min(0);

/** `private`: only its owner sees it. Whether video/query still answers it is a setting. */
export const visibilitySchema = z.enum(['public', 'private', 'deleted']);

export type Visibility = z.infer<typeof visibilitySchema>;

/** Numbers that replace those of the world for one account, and what became of its videos. */
export const numbersOverrideSchema = z.strictObject({
  follower_count: count.exactOptional(),
  following_count: count.exactOptional(),
  likes_count: count.exactOptional(),
  video_count: count.exactOptional(),
  videos: z
    .record(
      z.string(),
      z.strictObject({
        view_count: count.exactOptional(),
        like_count: count.exactOptional(),
        comment_count: count.exactOptional(),
        share_count: count.exactOptional(),
      }),
    )
    .exactOptional(),
  visibility: z.record(z.string(), visibilitySchema).exactOptional(),
});

export type NumbersOverride = z.infer<typeof numbersOverrideSchema>;

/** The later one wins, per number and video. */
export function mergeOverrides(before: NumbersOverride, after: NumbersOverride): NumbersOverride {
  const videos = { ...before.videos };
  for (const [id, numbers] of Object.entries(after.videos ?? {})) videos[id] = { ...videos[id], ...numbers };
  return { ...before, ...after, videos, visibility: { ...before.visibility, ...after.visibility } };
}

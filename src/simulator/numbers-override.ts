import { z } from 'zod';

const count = z.int().min(0);

/** Numbers that replace those of the world for one account, and ids of its videos that are hidden. */
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
  hidden: z.array(z.string()).exactOptional(),
});

export type NumbersOverride = z.infer<typeof numbersOverrideSchema>;

/** The later one wins per number; hidden videos add up. */
export function mergeOverrides(before: NumbersOverride, after: NumbersOverride): NumbersOverride {
  const videos = { ...before.videos };
  for (const [id, numbers] of Object.entries(after.videos ?? {})) videos[id] = { ...videos[id], ...numbers };
  return { ...before, ...after, videos, hidden: [...new Set([...(before.hidden ?? []), ...(after.hidden ?? [])])] };
}

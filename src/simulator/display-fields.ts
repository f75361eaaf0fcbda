import { createHmac } from 'node:crypto';
import { roll } from './roll.ts';
import type { Scope } from './scopes.ts';
import type { AccountNumbers, AccountSpec, SimulatedVideo } from './world.ts';

const HOUR_SECONDS = 3600;
/** Official for covers; for avatars not established, so the same. TODO: check official docs */
const IMAGE_LIFE_SECONDS = 6 * HOUR_SECONDS;

/** tiktok-api.md, section 4. */
export const userFieldScopes: ReadonlyMap<string, Scope> = new Map([
  ...['open_id', 'union_id', 'avatar_url', 'avatar_url_100', 'avatar_large_url', 'display_name'].map(
    (field): [string, Scope] => [field, 'user.info.basic'],
  ),
  ...['bio_description', 'profile_deep_link', 'username', 'is_verified'].map((field): [string, Scope] => [
    field,
    'user.info.profile',
  ]),
  ...['follower_count', 'following_count', 'likes_count', 'video_count'].map((field): [string, Scope] => [
    field,
    'user.info.stats',
  ]),
]);

/** tiktok-api.md, section 5, without `is_aigc`, which is only on another page. */
export const videoFieldScopes: ReadonlyMap<string, Scope> = new Map(
  [
    ...['id', 'create_time', 'cover_image_url', 'share_url', 'video_description', 'duration', 'height', 'width'],
    ...['title', 'embed_html', 'embed_link', 'like_count', 'comment_count', 'share_count', 'view_count'],
  ].map((field): [string, Scope] => [field, 'video.list']),
);

/** A signed address on the simulator itself, over 300 characters, whose escapes must be kept as they are. */
function imageUrl(options: { seed: number; origin: string; path: string; now: Date }): string {
  const hour = Math.floor(options.now.getTime() / 1000 / HOUR_SECONDS) * HOUR_SECONDS;
  const expires = hour + IMAGE_LIFE_SECONDS;
  const signature = imageSignature(options.seed, options.path, expires);
  return `${options.origin}${options.path}?x-expires=${expires}&x-signature=${encodeURIComponent(signature)}`;
}

export function imageSignature(seed: number, path: string, expires: number): string {
  const digest = createHmac('sha512', `image ${seed}`).update(`${path} ${expires}`).digest('base64');
  // The `+` is there for certain, so decoding the address always breaks it.
  return `${digest.repeat(3)}+/=`;
}

/** Everything user/info knows of an account; the route picks what was asked for, and only then a picture is signed. */
export function userFields(options: {
  seed: number;
  origin: string;
  now: Date;
  account: AccountSpec;
  numbers: AccountNumbers;
}): Record<string, unknown> {
  const { seed, account } = options;
  const avatar = (size: string) => imageUrl({ ...options, path: `/_simulator/images/${account.openId}-${size}.svg` });
  return {
    open_id: account.openId,
    union_id: `union-${account.openId}`,
    get avatar_url() {
      return avatar('168');
    },
    get avatar_url_100() {
      return avatar('100');
    },
    get avatar_large_url() {
      return avatar('720');
    },
    display_name: account.displayName,
    bio_description: `A simulated shop. "Buka tiap hari" & <ramah> 🛍️`,
    profile_deep_link: `https://simulated-tiktok.invalid/@${encodeURIComponent(account.username)}`,
    username: account.username,
    is_verified: roll(seed, account.openId, 'verified') < 0.2,
    ...options.numbers,
  };
}

/** Everything video/list and video/query know of a video. */
export function videoFields(options: {
  seed: number;
  origin: string;
  now: Date;
  account: AccountSpec;
  video: SimulatedVideo;
}): Record<string, unknown> {
  const { account, video } = options;
  const page = `https://simulated-tiktok.invalid/@${encodeURIComponent(account.username)}/video/${video.id}`;
  return {
    ...video,
    get cover_image_url() {
      return imageUrl({ ...options, path: `/_simulator/images/${video.id}.svg` });
    },
    share_url: page,
    embed_link: `${page}/embed`,
    embed_html: `<blockquote cite="${page}">Simulated</blockquote>`,
  };
}

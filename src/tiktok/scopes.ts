/** What we ask the person for, in the order TikTok documents it. */
export const REQUESTED_SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list'] as const;

export type RequestedScope = (typeof REQUESTED_SCOPES)[number];

const USER_FIELDS_BY_SCOPE: Readonly<Record<RequestedScope, readonly string[]>> = {
  'user.info.basic': ['open_id', 'union_id', 'avatar_url', 'display_name'],
  'user.info.profile': ['username', 'is_verified'],
  'user.info.stats': ['follower_count', 'following_count', 'likes_count', 'video_count'],
  'video.list': [],
};

/**
 * The video fields we store (tiktok-api-v2-video-object). Left out on purpose: `embed_html`, `is_aigc`, and the cover
 * image, whose address is dead after six hours.
 */
export const VIDEO_FIELDS: readonly string[] = [
  'id',
  'create_time',
  'share_url',
  'video_description',
  'duration',
  'height',
  'width',
  'title',
  'embed_link',
  'like_count',
  'comment_count',
  'share_count',
  'view_count',
];

/** The user/info fields these scopes allow: one field without its scope fails the whole call. */
export function fieldsForScopes(scopes: readonly string[]): string[] {
  return REQUESTED_SCOPES.filter((scope) => scopes.includes(scope)).flatMap((scope) => USER_FIELDS_BY_SCOPE[scope]);
}

/** Whether user/info may be asked for the account's four counters. */
export function canReadStats(scopes: readonly string[]): boolean {
  return scopes.includes('user.info.stats' satisfies RequestedScope);
}

export function canListVideos(scopes: readonly string[]): boolean {
  return scopes.includes('video.list' satisfies RequestedScope);
}

/** Reads TikTok's comma list, each scope once; what does not look like a scope is dropped. */
export function parseScopes(commaList: string): string[] {
  const names = commaList.split(/[\s,]+/).filter((name) => /^[\w.:-]{1,64}$/.test(name));
  return [...new Set(names)];
}

/** Scopes we ask for that are not among the granted ones, in the order we ask for them. */
export function missingScopesOf(granted: readonly string[]): RequestedScope[] {
  return REQUESTED_SCOPES.filter((scope) => !granted.includes(scope));
}

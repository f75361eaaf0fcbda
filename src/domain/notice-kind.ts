/** What a notice is about, each of one store. The first three are trouble; `recovered` is told only to who was told of it. */
export const noticeKinds = ['needs_reconnect', 'token_ends', 'day_at_risk', 'recovered'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Each stands by itself: what one was told, and when, says nothing about the other. */
export const noticeChannels = ['webhook', 'email'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

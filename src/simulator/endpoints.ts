/** The endpoints that faults, limits and the journal know by name. */
export const endpoints = ['token', 'revoke', 'user/info', 'video/list', 'video/query'] as const;

export type Endpoint = (typeof endpoints)[number];

/** What an admin's key may do; each scope includes the ones before it. */
export const adminScopes = ['read', 'operate', 'admin'] as const;
export type AdminScope = (typeof adminScopes)[number];

export const includesScope = (held: AdminScope, needed: AdminScope): boolean =>
  adminScopes.indexOf(held) >= adminScopes.indexOf(needed);

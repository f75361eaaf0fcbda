/** Everything the audit log tells of: what was changed, and doors at which somebody was turned away. */
export const auditActions = [
  'store.create',
  'store.update',
  'store.delete',
  'store.connect_link',
  'store.connect',
  'store.undo_connect',
  'store.disconnect',
  'store.authorization_removed',
  'store.resync',
  // A change to many that was refused as a whole; each store has a row of its own otherwise.
  'store.bulk',
  'data.erase',
  'data.export',
  'data.restore',
  'job.cancel',
  'job.retry',
  'admin_key.create',
  'admin_key.revoke',
  'admin_key.use',
  'session.begin',
  'session.end',
  'token_keys.rotate',
  'connect_link.open',
  'webhook.receive',
] as const;
export type AuditAction = (typeof auditActions)[number];

import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { RouterRoute } from 'hono/types';
import type { AdminScope } from '../domain/admin-scope.ts';
import type { AuditAction } from '../domain/audit-action.ts';

export interface Policy {
  /**
   * Who may call it. An admin's scope: a key or session that has it. `console`: an admin sees the console, anyone else
   * the way in. `own page`: what a page of ours sends. `tiktok`: what TikTok signed. `owner`: whoever holds the
   * invitation in the address, which services/start-connect judges.
   */
  for: AdminScope | 'anyone' | 'console' | 'own page' | 'owner' | 'tiktok';
  /** The name of the change in the audit log. */
  action?: AuditAction;
  /** What it answers holds no secret: kept for a day, for who repeats the request with its Idempotency-Key. */
  keepsAnswer?: true;
}

/** The one table of who may do what: middleware/enforce-policies.ts and the API's description both read it. */
export const policies: Readonly<Record<string, Policy>> = {
  'GET /api/stores': { for: 'read' },
  'POST /api/stores': { for: 'admin', action: 'store.create', keepsAnswer: true },
  'GET /api/stores/:store_code': { for: 'read' },
  'PATCH /api/stores/:store_code': { for: 'operate', action: 'store.update' },
  'DELETE /api/stores/:store_code': { for: 'admin', action: 'store.delete' },
  'POST /api/stores/:store_code/connect-links': { for: 'operate', action: 'store.connect_link' },
  'POST /api/stores/:store_code/disconnect': { for: 'operate', action: 'store.disconnect', keepsAnswer: true },
  'POST /api/stores/:store_code/resync': { for: 'operate', action: 'store.resync', keepsAnswer: true },
  'GET /api/stores/:store_code/daily': { for: 'read' },
  'GET /api/stores/:store_code/growth': { for: 'read' },
  'GET /api/stores/:store_code/report': { for: 'read' },
  'GET /api/stores/:store_code/curve': { for: 'read' },
  'GET /api/stores/:store_code/videos': { for: 'read' },
  'GET /api/stores/:store_code/videos/:video_id/daily': { for: 'read' },
  'GET /api/stores/:store_code/videos/:video_id/growth': { for: 'read' },
  'GET /api/stores/:store_code/videos/:video_id/curve': { for: 'read' },
  'GET /api/report': { for: 'read' },
  'GET /api/jobs/:id': { for: 'read' },
  'POST /api/jobs/:id/cancel': { for: 'operate', action: 'job.cancel', keepsAnswer: true },
  'POST /api/jobs/:id/retry': { for: 'operate', action: 'job.retry', keepsAnswer: true },
  'GET /api/queue': { for: 'read' },
  'GET /api/sync-logs': { for: 'read' },
  'GET /api/coverage': { for: 'read' },
  'GET /api/export/:series': { for: 'read' },
  'GET /api/admin-keys': { for: 'admin' },
  'POST /api/admin-keys': { for: 'admin', action: 'admin_key.create' },
  'DELETE /api/admin-keys/:id': { for: 'admin', action: 'admin_key.revoke' },
  'GET /api/audit': { for: 'admin' },
  'GET /api/webhooks': { for: 'admin' },
  'POST /api/webhooks': { for: 'admin', action: 'webhook.create' },
  'GET /api/webhooks/:id': { for: 'admin' },
  'PATCH /api/webhooks/:id': { for: 'admin', action: 'webhook.update' },
  'DELETE /api/webhooks/:id': { for: 'admin', action: 'webhook.delete' },
  'GET /api/webhooks/:id/deliveries': { for: 'admin' },
  'POST /api/webhooks/:id/replay': { for: 'admin', action: 'webhook.replay', keepsAnswer: true },
  'POST /api/erasures': { for: 'admin', action: 'data.erase' },

  'GET /': { for: 'console' },
  'GET /live': { for: 'read' },
  'POST /session': { for: 'own page', action: 'session.begin' },
  'POST /session/end': { for: 'own page', action: 'session.end' },
  'GET /stores': { for: 'read' },
  'GET /stores/bulk/codes': { for: 'operate' },
  'POST /stores/bulk': { for: 'operate', action: 'store.bulk' },
  'POST /stores': { for: 'admin', action: 'store.create' },
  'POST /stores/:store_code/pause': { for: 'operate', action: 'store.update' },
  'POST /stores/:store_code/resume': { for: 'operate', action: 'store.update' },
  'POST /stores/:store_code/disconnect': { for: 'operate', action: 'store.disconnect' },
  'POST /stores/:store_code/resync': { for: 'operate', action: 'store.resync' },
  'POST /stores/:store_code/connect-link': { for: 'operate', action: 'store.connect_link' },
  'GET /stores/:store_code': { for: 'read' },
  'POST /stores/:store_code/edit': { for: 'operate', action: 'store.update' },
  'POST /stores/:store_code/delete': { for: 'admin', action: 'store.delete' },

  'GET /queue': { for: 'read' },
  'GET /jobs/:id': { for: 'read' },
  'POST /jobs/:id/cancel': { for: 'operate', action: 'job.cancel' },
  'POST /jobs/:id/retry': { for: 'operate', action: 'job.retry' },
  'GET /log': { for: 'read' },
  'GET /log.csv': { for: 'read' },
  'GET /audit': { for: 'admin' },
  'GET /audit.csv': { for: 'admin' },
  'GET /keys': { for: 'admin' },
  'POST /keys': { for: 'admin', action: 'admin_key.create' },
  'POST /keys/:id/revoke': { for: 'admin', action: 'admin_key.revoke' },
  'GET /settings': { for: 'admin' },

  'GET /connect/:invite': { for: 'owner' },
  'POST /connect/undo': { for: 'owner' },
  'POST /connect/:invite': { for: 'owner' },

  'GET /oauth/tiktok/callback': { for: 'anyone' },
  'GET /connect/result': { for: 'anyone' },
  'POST /webhooks/tiktok': { for: 'tiktok' },

  'GET /healthz': { for: 'anyone' },
  'GET /readyz': { for: 'anyone' },
  'GET /metrics': { for: 'read' },
  'GET /openapi.json': { for: 'anyone' },
  'GET /docs': { for: 'anyone' },
  'GET /public/harian.css': { for: 'anyone' },
  'GET /public/console.css': { for: 'anyone' },
  'GET /public/live.js': { for: 'anyone' },
  'GET /public/bulk.js': { for: 'anyone' },
  'GET /public/charts.js': { for: 'anyone' },
  'GET /public/uplot.js': { for: 'anyone' },
  'GET /public/uplot.css': { for: 'anyone' },
  'GET /public/copy.js': { for: 'anyone' },
  'GET /public/waiting.js': { for: 'anyone' },
  'GET /public/icon.svg': { for: 'anyone' },
};

/** A reason not to start. */
export class PolicyError extends Error {}

const nameOf = ({ method, path }: RouterRoute) => `${method} ${path}`;
const isOwn = ({ method }: RouterRoute) => method !== 'ALL';

/** Throws PolicyError naming a route without a policy, or an admin's change without a name for the audit log. */
export function requirePolicies(routes: readonly RouterRoute[]): void {
  for (const route of routes.filter(isOwn)) {
    const policy = policies[nameOf(route)];
    if (!policy) throw new PolicyError(`${nameOf(route)} does not say who may call it: add it to http/policies.ts.`);
    const changes = route.method !== 'GET' && ['read', 'operate', 'admin'].includes(policy.for);
    if (changes && !policy.action) {
      throw new PolicyError(`${nameOf(route)} has no name for the audit log: add it to http/policies.ts.`);
    }
  }
}

/** The route that will answer, as the table names it; undefined where there is none. */
export function routeNameOf(c: Context): string | undefined {
  const route = matchedRoutes(c).find(isOwn);
  return route && nameOf(route);
}

/** Of the route that will answer. Where there is none /api still asks who is there: 401 comes before 404 and 405. */
export function policyOf(c: Context): Policy {
  const name = routeNameOf(c);
  if (name === undefined) return { for: /^\/api(\/|$)/.test(c.req.path) ? 'read' : 'anyone' };
  const policy = policies[name];
  if (!policy) throw new PolicyError(`${name} does not say who may call it.`);
  return policy;
}

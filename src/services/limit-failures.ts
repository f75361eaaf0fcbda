import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import type { AuditAction } from '../domain/audit-action.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { recordAuditAfterwards } from './audit.ts';

/** Where a proof can be wrong, and how many may be in a minute: from one address, and in all. */
const allowances = {
  'session.begin': { perClient: 20, overall: 100 },
  'admin_key.use': { perClient: 150, overall: 400 },
  'webhook.receive': { perClient: 100, overall: 300 },
  'connect_link.open': { perClient: 100, overall: 300 },
} as const satisfies { [Door in AuditAction]?: { perClient: number; overall: number } };

export type Door = keyof typeof allowances;

export interface FailureLimit {
  /**
   * Counts and records a wrong proof, then throws: `refusal` within the limit, else TOO_MANY_REQUESTS. A right proof
   * never comes here, so whoever has one passes whatever happened before.
   */
  refuse(door: Door, client: string, refusal: AppError): Promise<never>;
}

const windowMs = 60_000;

/**
 * Of this process, in memory: no more addresses than `overall` are held. Only the failures within the limit and the
 * first beyond it reach the audit log, so an attack cannot flood it.
 */
export function createFailureLimit(deps: { db: Database; clock: Clock; logger: Logger }): FailureLimit {
  let windowStartMs = 0;
  const doors = new Map<Door, { total: number; byClient: Map<string, number>; overflowed: boolean }>();

  const take = (door: Door, client: string, nowMs: number): 'within' | 'first beyond' | 'beyond' => {
    if (nowMs < windowStartMs || nowMs >= windowStartMs + windowMs) {
      windowStartMs = nowMs;
      doors.clear();
    }
    const { perClient, overall } = allowances[door];
    const seen = doors.get(door) ?? { total: 0, byClient: new Map<string, number>(), overflowed: false };
    doors.set(door, seen);
    const before = seen.byClient.get(client) ?? 0;
    if (before > perClient) return 'beyond';
    if (seen.total >= overall) {
      if (seen.overflowed) return 'beyond';
      seen.overflowed = true;
      return 'first beyond';
    }
    seen.total += 1;
    seen.byClient.set(client, before + 1);
    return before < perClient ? 'within' : 'first beyond';
  };

  return {
    async refuse(door, client, refusal) {
      const nowMs = deps.clock.now().getTime();
      const verdict = take(door, client, nowMs);
      const seconds = Math.ceil((windowStartMs + windowMs - nowMs) / 1000);
      const limited = new AppError(
        'TOO_MANY_REQUESTS',
        `Too many wrong attempts: try again in ${seconds} s. What is right is accepted at any time.`,
        { 'Retry-After': String(seconds) },
      );
      const outcome: ErrorCode = verdict === 'within' ? refusal.code : limited.code;
      if (verdict === 'first beyond') deps.logger.warn('wrong attempts are limited', { action: door });
      if (verdict !== 'beyond') {
        await recordAuditAfterwards(deps, { actor: 'unknown', action: door, client, outcome });
      }
      throw verdict === 'within' ? refusal : limited;
    },
  };
}

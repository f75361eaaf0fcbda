import type { Database } from '../db/client.ts';
import { isMigrated } from '../db/migration-state.ts';

export interface Readiness {
  ready: boolean;
  checks: Record<string, 'ok' | 'failing'>;
}

/** `roles`: whether each role this process was asked for is up. Never throws: what cannot be checked is failing. */
export async function checkReadiness(db: Database, roles: Readonly<Record<string, () => boolean>>): Promise<Readiness> {
  const migrated = await isMigrated(db).catch(() => null);
  const state = (ok: boolean) => (ok ? 'ok' : 'failing');
  const checks: Readiness['checks'] = { database: state(migrated !== null), migrations: state(migrated === true) };
  for (const [role, isUp] of Object.entries(roles)) checks[role] = state(isUp());
  return { ready: Object.values(checks).every((check) => check === 'ok'), checks };
}

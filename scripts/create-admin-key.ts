import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { type AdminScope, adminScopes } from '../src/domain/admin-scope.ts';
import { AppError } from '../src/errors.ts';
import { errorCodeOf } from '../src/logger.ts';
import { changeWithAudit } from '../src/services/audit.ts';
import { createAdminKey } from '../src/services/create-admin-key.ts';

// Makes a further admin key and prints it, this once: the database keeps its hash.

const dayMs = 86_400_000;
const wanted = readOptions();
if (wanted === null) {
  console.error(`Usage: npm run admin:key -- --name NAME [--scope ${adminScopes.join('|')}] [--expires-in-days N]`);
  process.exit(2);
}
try {
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
  try {
    const deps = { db: pool.db, clock: systemClock };
    const entry = { actor: 'cli', action: 'admin_key.create', target: wanted.name } as const;
    const { secret } = await changeWithAudit(
      deps,
      () => entry,
      (own) => createAdminKey(own, wanted),
    );
    console.log(secret);
  } finally {
    await pool.close();
    await database.stop();
  }
} catch (error) {
  const taken = error instanceof AppError && error.code === 'KEY_EXISTS';
  console.error(
    taken ? error.message : `No key was made: ${errorCodeOf(error)}. Check DATABASE_URL, and that it is migrated.`,
  );
  process.exitCode = 1;
}

/** Null when they are not understood. */
function readOptions(): { name: string; scope: AdminScope; expiresAt: Date | null } | null {
  const options = {
    name: { type: 'string' },
    scope: { type: 'string' },
    'expires-in-days': { type: 'string' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const scope = adminScopes.find((one) => one === (values.scope ?? 'admin'));
    const days = values['expires-in-days'];
    const isLife = days === undefined || /^[1-9]\d{0,3}$/.test(days);
    if (!values.name || !scope || !isLife) return null;
    return { name: values.name, scope, expiresAt: days ? new Date(Date.now() + Number(days) * dayMs) : null };
  } catch {
    return null;
  }
}

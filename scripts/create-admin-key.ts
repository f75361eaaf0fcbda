import { parseArgs } from 'node:util';
import { createDatabasePool } from '../src/db/client.ts';
import { errorCodeOf } from '../src/logger.ts';
import { createAdminKey } from '../src/services/create-admin-key.ts';

// Makes a further admin key and prints it, this once: the database keeps its hash.

const { values } = parseArgs({ options: { name: { type: 'string' } } });
const url = process.env.DATABASE_URL;
if (!values.name || !url) {
  console.error('Usage: DATABASE_URL=… npm run admin:key -- --name NAME');
  process.exit(2);
}
const pool = createDatabasePool({ url, maxConnections: 1, onError: () => undefined });
try {
  const key = await createAdminKey(pool.db, values.name);
  if (key === null) throw Object.assign(new Error('taken'), { code: 'NAME_TAKEN' });
  console.log(key);
} catch (error) {
  console.error(`No key was made: ${errorCodeOf(error)}`);
  process.exitCode = 1;
} finally {
  await pool.close();
}

import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { errorCodeOf } from '../src/logger.ts';
import { createAdminKey } from '../src/services/create-admin-key.ts';

// Makes a further admin key and prints it, this once: the database keeps its hash.

const [option, name, ...rest] = process.argv.slice(2);
if (option !== '--name' || !name || rest.length > 0) {
  console.error('Usage: npm run admin:key -- --name NAME');
  process.exit(2);
}
try {
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
  try {
    const key = await createAdminKey(pool.db, name);
    if (key === null) console.error(`There is a key named ${name} already: choose another name.`);
    else console.log(key);
    process.exitCode = key === null ? 1 : 0;
  } finally {
    await pool.close();
    await database.stop();
  }
} catch (error) {
  console.error(`No key was made: ${errorCodeOf(error)}. Check DATABASE_URL, and that it is migrated.`);
  process.exitCode = 1;
}

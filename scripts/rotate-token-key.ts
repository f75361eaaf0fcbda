import { defaultSpoolDir } from '../src/config.ts';
import { parseKeyRing } from '../src/crypto/parse-key-ring.ts';
import { createTokenCipher } from '../src/crypto/token-cipher.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { errorCodeOf } from '../src/logger.ts';
import { type RotationResult, rotateTokenKey } from '../src/services/rotate-token-key.ts';
import { createTokenSpool } from '../src/spool/token-spool.ts';

// Re-encrypts every stored token under the first key of TOKEN_ENC_KEY, while Harian runs. Ended early, it goes on where
// it was. Exits 1 while an old key is still needed, or something does not decrypt; names stores, never a token.

const namesShown = 100;
const shown = (names: readonly string[]) =>
  names.slice(0, namesShown).join(', ') + (names.length > namesShown ? ', …' : '');

function report(result: RotationResult): number {
  const { rewritten, left, broken, webhooksRewritten, webhooksLeft, spoolRewritten, spoolBroken } = result;
  console.log(`Re-encrypted: ${rewritten} stores, ${webhooksRewritten} webhooks, ${spoolRewritten} spool files.`);
  if (broken.length > 0) console.error(`No key of TOKEN_ENC_KEY decrypts: ${shown(broken)}`);
  if (webhooksLeft.length > 0) console.error(`Webhooks whose secret is under another key: ${shown(webhooksLeft)}`);
  if (spoolBroken.length > 0) console.error(`Spool files that cannot be read or rewritten: ${shown(spoolBroken)}`);
  console.log(`Still under another key: ${left} stores.`);
  const done = left === 0 && webhooksLeft.length === 0 && spoolBroken.length === 0;
  console.log(
    done
      ? 'The other keys of TOKEN_ENC_KEY can be removed, once no spool of another machine holds a file.'
      : 'Keep all keys of TOKEN_ENC_KEY, and run this again.',
  );
  return done ? 0 : 1;
}

async function main(): Promise<number> {
  let keys: ReturnType<typeof parseKeyRing>;
  try {
    keys = parseKeyRing(process.env.TOKEN_ENC_KEY ?? '');
  } catch {
    console.error('TOKEN_ENC_KEY must be `id:key[,id:key]`, each key 32 bytes as base64.');
    return 2;
  }
  try {
    const database = await findDatabase(process.env.DATABASE_URL || null);
    const pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
    try {
      const spool = createTokenSpool(process.env.SPOOL_DIR || defaultSpoolDir);
      const deps = { db: pool.db, cipher: createTokenCipher(keys), spool };
      const result = await rotateTokenKey(deps, ({ rewritten, toDo }) =>
        console.log(`${rewritten} of ${toDo} stores re-encrypted`),
      );
      return report(result);
    } finally {
      await pool.close();
      await database.stop();
    }
  } catch (error) {
    console.error(`The rotation broke off: ${errorCodeOf(error)}. Nothing is lost: run it again.`);
    return 1;
  }
}

process.exitCode = await main();

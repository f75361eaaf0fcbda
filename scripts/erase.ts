import { createInterface } from 'node:readline/promises';
import { systemClock } from '../src/clock.ts';
import { ConfigError, parseConfig } from '../src/config.ts';
import { createTokenCipher } from '../src/crypto/token-cipher.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { AppError } from '../src/errors.ts';
import { presentErasure } from '../src/http/present.ts';
import { createLogger, errorCodeOf } from '../src/logger.ts';
import { recordAudit } from '../src/services/audit.ts';
import type { DataSubject } from '../src/services/data-subject.ts';
import { erase } from '../src/services/erase.ts';
import { createTokenSpool } from '../src/spool/token-spool.ts';
import { createTikTokOAuth } from '../src/tiktok/oauth.ts';
import { readSubject } from './support/read-subject.ts';

// Erases all that is kept of a store or of a TikTok account, and prints the proof as JSON: keep it, nothing else says
// whom it was about. Exits 1 when something is left or went wrong, 2 when nothing was begun.

const tiktokTimeoutMs = 15_000;
/** Every table is looked through afterwards. */
const queryTimeoutMs = 600_000;

async function main(): Promise<number> {
  const wanted = readSubject({ yes: { type: 'boolean' } });
  if (wanted === null) {
    console.error('Usage: npm run erase -- --store CODE | --open-id ID [--yes]');
    return 2;
  }
  const config = parseConfig({ ...process.env, ROLES: 'worker' });
  if (!wanted.values.yes && !(await isConfirmed(wanted.subject))) {
    console.error('Nothing was erased: type the name exactly as it is written, or add --yes.');
    return 2;
  }
  const database = await findDatabase(config.databaseUrl);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, queryTimeoutMs, onError: () => undefined });
  try {
    const { db } = pool;
    const clock = systemClock;
    const deps = {
      db,
      clock,
      logger: createLogger({ level: 'silent', write: () => undefined, now: clock.now }),
      cipher: createTokenCipher(config.tokenKeys),
      oauth: createTikTokOAuth({ ...config.tiktok, fetch, timeoutMs: tiktokTimeoutMs, clock }),
      spool: createTokenSpool(config.spoolDir),
    };
    const erasure = await erase(deps, wanted.subject, (tx, target) =>
      recordAudit({ db: tx, clock }, { actor: 'cli', action: 'data.erase', target, outcome: 'OK' }),
    );
    console.log(JSON.stringify(presentErasure(erasure), null, 2));
    if (erasure.search?.found.length === 0) return 0;
    console.error('Something may be left: see search.');
    return 1;
  } finally {
    await pool.close();
    await database.stop();
  }
}

/** False without a terminal: nobody is there to be asked. */
async function isConfirmed(subject: DataSubject): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const name = 'storeCode' in subject ? subject.storeCode : subject.openId;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`This cannot be undone. Type ${name} to erase everything of it: `);
  terminal.close();
  return answer === name;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isKnown = error instanceof AppError || error instanceof ConfigError;
  console.error(isKnown ? error.message : `It failed: ${errorCodeOf(error)}. Check DATABASE_URL, and run it again.`);
  process.exitCode = isKnown ? 2 : 1;
}

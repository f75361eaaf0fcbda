import { type TokenCipher, TokenCipherError } from '../crypto/token-cipher.ts';
import type { Database } from '../db/client.ts';
import {
  countPairsNotUnder,
  listPairsNotUnder,
  replaceCiphertexts,
  type StoredCiphertexts,
} from '../db/tiktok-accounts.ts';
import { listSecretsNotUnder, replaceSecret } from '../db/webhooks.ts';
import type { TokenSpool } from '../spool/token-spool.ts';
import { underCurrentKey } from './token-pair.ts';
import { renewSecret } from './webhook-secret.ts';

export interface RotateDependencies {
  db: Database;
  cipher: TokenCipher;
  spool: TokenSpool;
}

export interface RotationResult {
  /** Stores whose tokens were re-encrypted. */
  rewritten: number;
  /** Stores of which some token is still under another key; at 0 only the first key is needed. */
  left: number;
  /** Of these, stores of which some token does not decrypt with any key of the ring; the first thousand. */
  broken: string[];
  /** Webhooks whose secret was re-encrypted, and those whose secret is still under another key. */
  webhooksRewritten: number;
  webhooksLeft: string[];
  spoolRewritten: number;
  /** Spool files that could not be read or rewritten, by name: they may be under another key. */
  spoolBroken: string[];
}

const batchSize = 500;
const brokenNamed = 1_000;
/** A refresh by a process that still encrypts with another key can bring new work; more of it is for a further run. */
const maxPasses = 5;

/**
 * Re-encrypts every token and webhook secret that is not under the first key, in batches, beside running refreshes: what they store
 * meanwhile is never overwritten. Ended early, a further run goes on where this one was. Throws what the database throws.
 */
export async function rotateTokenKey(
  deps: RotateDependencies,
  onProgress: (progress: { rewritten: number; toDo: number }) => void,
): Promise<RotationResult> {
  const { db, cipher } = deps;
  const prefix = Buffer.from(cipher.currentPrefix);
  const toDo = await countPairsNotUnder(db, prefix);
  const broken = new Set<string>();
  let rewritten = 0;

  const passOver = async (): Promise<number> => {
    const before = rewritten;
    for (let afterCode = ''; ; ) {
      const batch = await listPairsNotUnder(db, { prefix, afterCode, limit: batchSize });
      const last = batch.at(-1);
      if (!last) return rewritten - before;
      const changes = batch.flatMap((old) => {
        const renewed = renew(cipher, old);
        if (renewed === null && broken.size < brokenNamed) broken.add(old.storeCode);
        return renewed === null ? [] : [{ old, new: renewed }];
      });
      rewritten += await replaceCiphertexts(db, changes);
      onProgress({ rewritten, toDo });
      afterCode = last.storeCode;
    }
  };
  for (let pass = 1; pass <= maxPasses && (await passOver()) > 0; pass++);

  const secrets = await rotateSecrets(deps, prefix);
  const spool = await rotateSpool(deps);
  return { rewritten, left: await countPairsNotUnder(db, prefix), broken: [...broken], ...secrets, ...spool };
}

async function rotateSecrets(
  { db, cipher }: RotateDependencies,
  prefix: Buffer,
): Promise<Pick<RotationResult, 'webhooksRewritten' | 'webhooksLeft'>> {
  let webhooksRewritten = 0;
  for (const old of await listSecretsNotUnder(db, prefix)) {
    try {
      if (await replaceSecret(db, old, renewSecret(cipher, old.id, old.secretEncrypted))) webhooksRewritten += 1;
    } catch (error) {
      if (!(error instanceof TokenCipherError)) throw error;
    }
  }
  const left = await listSecretsNotUnder(db, prefix);
  return { webhooksRewritten, webhooksLeft: left.map(({ id }) => id) };
}

function renew(cipher: TokenCipher, old: StoredCiphertexts): Omit<StoredCiphertexts, 'storeCode'> | null {
  try {
    return underCurrentKey(cipher, old.storeCode, old);
  } catch (error) {
    if (error instanceof TokenCipherError) return null;
    throw error;
  }
}

/** Of this machine alone. A file that its replay removes in this moment comes back, and is found superseded. */
async function rotateSpool({
  cipher,
  spool,
}: RotateDependencies): Promise<Pick<RotationResult, 'spoolRewritten' | 'spoolBroken'>> {
  const spoolBroken: string[] = [];
  let spoolRewritten = 0;
  for (const name of await spool.list()) {
    try {
      const pair = await spool.read(name);
      if (pair === null) continue;
      const renewed = underCurrentKey(cipher, pair.storeCode, pair);
      if (renewed.refreshTokenEncrypted === pair.refreshTokenEncrypted) continue;
      await spool.replace(name, { ...pair, ...renewed });
      spoolRewritten += 1;
    } catch {
      // Whatever is wrong with it, it may be under another key.
      if (spoolBroken.length < brokenNamed) spoolBroken.push(name);
    }
  }
  return { spoolRewritten, spoolBroken };
}

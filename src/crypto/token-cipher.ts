import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** One AES-256 key. `id` is 1–32 of `A-Za-z0-9_-`, `key` is 32 bytes. */
export interface TokenKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The cell a ciphertext belongs to; it decrypts nowhere else. */
export interface TokenContext {
  readonly table: string;
  readonly column: string;
  readonly storeCode: string;
}

export interface TokenCipher {
  /** The id of the key that encrypts. */
  readonly currentKeyId: string;
  /** What each of its ciphertexts begins with, and none under another key. */
  readonly currentPrefix: string;
  /** Answers `v1.<key id>.<iv>.<ciphertext>.<tag>`; throws RangeError on an empty plaintext. */
  encrypt(plaintext: string, context: TokenContext): string;
  /** Throws TokenCipherError. */
  decrypt(ciphertext: string, context: TokenContext): string;
  /** The key id a ciphertext claims, unverified and perhaps not in the ring; throws TokenCipherError `malformed`. */
  keyIdOf(ciphertext: string): string;
}

export type TokenCipherFailure = 'unknown_key' | 'malformed' | 'tampered';

const FAILURE_MESSAGES: Record<TokenCipherFailure, string> = {
  unknown_key: 'The ciphertext was made with a key that is not in the ring.',
  malformed: 'The ciphertext is not in the expected format.',
  tampered: 'The ciphertext was changed, or belongs to another cell.',
};

/** Says why a ciphertext was refused, and nothing of the ciphertext. */
export class TokenCipherError extends Error {
  override readonly name = 'TokenCipherError';
  readonly reason: TokenCipherFailure;

  constructor(reason: TokenCipherFailure) {
    super(FAILURE_MESSAGES[reason]);
    this.reason = reason;
  }
}

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** Throws when the ring is empty, an id is bad or repeated, or a key is not 32 bytes; quotes no key. */
export function assertKeyRing(keys: readonly TokenKey[]): void {
  if (keys.length === 0) throw new Error('The key ring holds no key.');
  if (keys.some(({ id }) => !KEY_ID.test(id))) throw new Error('A key id must be 1-32 of A-Z a-z 0-9 _ -.');
  if (keys.some(({ key }) => key.length !== KEY_BYTES)) throw new Error(`A key must be ${KEY_BYTES} bytes.`);
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new Error('Two keys have the same id.');
}

/** AES-256-GCM over single cells. The first key encrypts, all decrypt. Throws when `assertKeyRing` does. */
export function createTokenCipher(keys: readonly TokenKey[]): TokenCipher {
  assertKeyRing(keys);
  // A KeyObject is a copy that inspect and JSON never print.
  const ring = new Map<string, KeyObject>(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const [currentKeyId, currentKey] = ring.entries().next().value as [string, KeyObject];

  return {
    currentKeyId,
    currentPrefix: `${VERSION}.${currentKeyId}.`,
    keyIdOf: (ciphertext) => parse(ciphertext).keyId,

    encrypt(plaintext, context) {
      if (plaintext === '') throw new RangeError('An empty value is not encrypted.');
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, currentKey, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(additionalData(context, currentKeyId));
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      const parts = [iv, body, cipher.getAuthTag()].map((part) => part.toString('base64url'));
      return [VERSION, currentKeyId, ...parts].join('.');
    },

    decrypt(ciphertext, context) {
      const { keyId, iv, body, tag } = parse(ciphertext);
      const key = ring.get(keyId);
      if (key === undefined) throw new TokenCipherError('unknown_key');
      // Without authTagLength Node accepts a 4-byte tag.
      const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(additionalData(context, keyId));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        throw new TokenCipherError('tampered');
      }
    },
  };
}

/** JSON of an array: no two contexts share an encoding, whatever characters they hold. */
function additionalData({ table, column, storeCode }: TokenContext, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([table, column, storeCode, keyId]), 'utf8');
}

function parse(ciphertext: string): { keyId: string; iv: Buffer; body: Buffer; tag: Buffer } {
  const [version, keyId = '', ...encoded] = ciphertext.split('.');
  const [iv, body, tag] = encoded.map((part) => Buffer.from(part, 'base64url'));
  // Spare bits in the last character would let two texts mean the same bytes: only the canonical one is taken.
  const canonical = encoded.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
  if (version !== VERSION || !KEY_ID.test(keyId) || encoded.length !== 3 || !canonical || !iv || !body || !tag) {
    throw new TokenCipherError('malformed');
  }
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES || body.length === 0) throw new TokenCipherError('malformed');
  return { keyId, iv, body, tag };
}

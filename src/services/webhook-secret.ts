import { randomBytes } from 'node:crypto';
import type { TokenCipher } from '../crypto/token-cipher.ts';

/** As Standard Webhooks writes a key. */
const prefix = 'whsec_';
const keyBytes = 32;
/** A webhook belongs to no store: its own id stands for one. */
const cell = (webhookId: string) => ({ table: 'webhooks', column: 'secret_encrypted', storeCode: webhookId });

/** A new one, for its owner to see once, and as it may be stored. */
export function createSecret(cipher: TokenCipher, webhookId: string): { secret: string; secretEncrypted: Buffer } {
  const secret = `${prefix}${randomBytes(keyBytes).toString('base64')}`;
  return { secret, secretEncrypted: Buffer.from(cipher.encrypt(secret, cell(webhookId))) };
}

/** The key to sign with. Throws TokenCipherError when it does not decrypt in this webhook's row. */
export function readSigningKey(cipher: TokenCipher, webhookId: string, ciphertext: Buffer): Buffer {
  return Buffer.from(cipher.decrypt(ciphertext.toString(), cell(webhookId)).slice(prefix.length), 'base64');
}

/** The same secret under the key that encrypts now. Throws as above. */
export function renewSecret(cipher: TokenCipher, webhookId: string, ciphertext: Buffer): Buffer {
  return Buffer.from(cipher.encrypt(cipher.decrypt(ciphertext.toString(), cell(webhookId)), cell(webhookId)));
}

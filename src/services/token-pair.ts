import type { TokenCipher } from '../crypto/token-cipher.ts';
import type { EncryptedPair } from '../db/tiktok-accounts.ts';
import type { TokenGrant } from '../tiktok/oauth.ts';

const cell = (column: string, storeCode: string) => ({ table: 'tiktok_accounts', column, storeCode });
const accessCell = (storeCode: string) => cell('access_token_encrypted', storeCode);
const refreshCell = (storeCode: string) => cell('refresh_token_encrypted', storeCode);

/** The pair as it may be stored; both lives are counted from `receivedAt` and come from TikTok's own answer. */
export function encryptPair(
  cipher: TokenCipher,
  storeCode: string,
  grant: TokenGrant,
  receivedAt: Date,
): Omit<EncryptedPair, 'scopes'> {
  const after = (seconds: number) => new Date(receivedAt.getTime() + seconds * 1000);
  return {
    accessTokenEncrypted: Buffer.from(cipher.encrypt(grant.accessToken, accessCell(storeCode))),
    refreshTokenEncrypted: Buffer.from(cipher.encrypt(grant.refreshToken, refreshCell(storeCode))),
    accessExpiresAt: after(grant.expiresInSeconds),
    refreshExpiresAt: after(grant.refreshExpiresInSeconds),
  };
}

export const decryptAccessToken = (cipher: TokenCipher, storeCode: string, ciphertext: Buffer): string =>
  cipher.decrypt(ciphertext.toString(), accessCell(storeCode));

export const decryptRefreshToken = (cipher: TokenCipher, storeCode: string, ciphertext: Buffer): string =>
  cipher.decrypt(ciphertext.toString(), refreshCell(storeCode));

interface Ciphertexts {
  accessTokenEncrypted: Buffer;
  refreshTokenEncrypted: Buffer;
}

const startsWith = (text: Buffer, prefix: string) => text.subarray(0, prefix.length).toString() === prefix;

/**
 * The same tokens under the key that encrypts now, the ciphertext that is so already as it is. Throws TokenCipherError
 * when either does not decrypt in this store's row.
 */
export function underCurrentKey(cipher: TokenCipher, storeCode: string, pair: Ciphertexts): Ciphertexts {
  const renewed = (ciphertext: Buffer, at: ReturnType<typeof cell>): Buffer => {
    const token = cipher.decrypt(ciphertext.toString(), at);
    return startsWith(ciphertext, cipher.currentPrefix) ? ciphertext : Buffer.from(cipher.encrypt(token, at));
  };
  return {
    accessTokenEncrypted: renewed(pair.accessTokenEncrypted, accessCell(storeCode)),
    refreshTokenEncrypted: renewed(pair.refreshTokenEncrypted, refreshCell(storeCode)),
  };
}

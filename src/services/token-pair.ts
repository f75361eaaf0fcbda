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

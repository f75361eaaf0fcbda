import { expect, test } from 'vitest';
import { createTokenCipher } from '../../../src/crypto/token-cipher.ts';
import { decryptAccessToken, decryptRefreshToken, encryptPair } from '../../../src/services/token-pair.ts';

const cipher = createTokenCipher([{ id: 'k1', key: Buffer.alloc(32, 3) }]);
const receivedAt = new Date('2026-11-24T01:00:00Z');
const grant = {
  openId: 'open',
  scopes: ['video.list'],
  accessToken: 'access token',
  expiresInSeconds: 7_200,
  refreshToken: 'refresh token',
  refreshExpiresInSeconds: 180 * 86_400,
};
const pair = encryptPair(cipher, 'store-1', grant, receivedAt);

test('a pair comes back as it was, for its own store', () => {
  expect(decryptAccessToken(cipher, 'store-1', pair.accessTokenEncrypted)).toBe('access token');
  expect(decryptRefreshToken(cipher, 'store-1', pair.refreshTokenEncrypted)).toBe('refresh token');
});

test('both lives are counted from when the answer came', () => {
  expect(pair.accessExpiresAt.toISOString()).toBe('2026-11-24T03:00:00.000Z');
  expect(pair.refreshExpiresAt.toISOString()).toBe('2027-05-23T01:00:00.000Z');
});

test('a ciphertext opens in no other store’s row and in no other column', () => {
  expect(() => decryptAccessToken(cipher, 'store-2', pair.accessTokenEncrypted)).toThrow('belongs to another cell');
  expect(() => decryptRefreshToken(cipher, 'store-1', pair.accessTokenEncrypted)).toThrow('belongs to another cell');
});

test('a pair with an empty token cannot be made', () => {
  for (const empty of [{ accessToken: '' }, { refreshToken: '' }]) {
    expect(() => encryptPair(cipher, 'store-1', { ...grant, ...empty }, receivedAt)).toThrow(RangeError);
  }
});

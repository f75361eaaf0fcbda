import { describe, expect, it } from 'vitest';
import { equalInConstantTime, hmacSha256, lockKey, randomToken, sha256 } from '../../../src/crypto/hash.ts';

describe('hash', () => {
  it('is SHA-256, of text as UTF-8', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256('ü')).toEqual(sha256(Buffer.from([0xc3, 0xbc])));
  });

  it('is HMAC-SHA256 over the joined parts (RFC 4231, case 2)', () => {
    const parts = ['what do ya want ', Buffer.from('for nothing?')];
    expect(hmacSha256('Jefe', parts).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('makes tokens of the asked length in base64url, each different', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(randomToken(16), 'base64url')).toHaveLength(16);
    expect(new Set(Array.from({ length: 100 }, () => randomToken())).size).toBe(100);
  });

  it.each([
    ['key', 'key', true],
    ['key', Buffer.from('key'), true],
    ['', '', true],
    ['key', 'kex', false],
    ['key', 'key ', false],
    ['key', '', false],
  ])('compares %j with %j: %s', (a, b, equal) => {
    expect(equalInConstantTime(a, b)).toBe(equal);
  });

  it('takes the lock key from the first 8 bytes of the hash, as PostgreSQL reads a bigint', () => {
    const codes = Array.from({ length: 200 }, (_, index) => `store-${index}`);
    const keys = codes.map(lockKey);
    expect(new Set(keys).size).toBe(200);
    expect(BigInt.asUintN(64, lockKey('abc'))).toBe(0xba7816bf8f01cfean);
    expect(lockKey('abc')).toBeLessThan(0n);
    expect(keys.some((key) => key > 0n)).toBe(true);
  });
});

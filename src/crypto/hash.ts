import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** SHA-256, 32 bytes; a string is hashed as UTF-8. */
export function sha256(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}

/** HMAC-SHA256 over the parts one after the other, 32 bytes; strings as UTF-8. */
export function hmacSha256(key: string | Buffer, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** A random secret of `bytes` bytes as base64url. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** Compares hashes, so that neither the content nor the length shows in the time it takes. */
export function equalInConstantTime(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** The PostgreSQL advisory lock key of a store: 64 bits, because the 32 of `hashtext` collide. */
export function lockKey(storeCode: string): bigint {
  return sha256(storeCode).readBigInt64BE(0);
}

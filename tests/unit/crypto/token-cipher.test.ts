import { createCipheriv, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTokenCipher, TokenCipherError, type TokenCipherFailure } from '../../../src/crypto/token-cipher.ts';

const context = { table: 'tiktok_accounts', column: 'access_token', storeCode: 'store-1' };
const oldKey = { id: '1', key: randomBytes(32) };
const newKey = { id: '2', key: randomBytes(32) };
const secret = 'act.secret!token.9f3a';

function failureOf(work: () => unknown): TokenCipherError {
  try {
    work();
  } catch (error) {
    if (error instanceof TokenCipherError) return error;
    throw error;
  }
  throw new Error('expected a TokenCipherError');
}

/** Replaces one of the parts `version, key id, iv, ciphertext, tag`. */
function withPart(ciphertext: string, index: number, change: (part: string) => string): string {
  return ciphertext
    .split('.')
    .map((part, at) => (at === index ? change(part) : part))
    .join('.');
}

describe('token cipher', () => {
  it.each(['a', secret, 'ünïcode ✓', 'x'.repeat(5000)])('gives back what was encrypted (%#)', (plaintext) => {
    const cipher = createTokenCipher([newKey]);
    expect(cipher.decrypt(cipher.encrypt(plaintext, context), context)).toBe(plaintext);
  });

  it('begins with a version and a key id and never encrypts the same way twice', () => {
    const cipher = createTokenCipher([newKey, oldKey]);
    const [first, second] = [cipher.encrypt(secret, context), cipher.encrypt(secret, context)];
    expect(first).toMatch(/^v1\.2\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    expect(first).not.toBe(second);
    expect(first).not.toContain(secret);
  });

  it('encrypts under the first key and decrypts under every key', () => {
    const before = createTokenCipher([oldKey]).encrypt(secret, context);
    const rotating = createTokenCipher([newKey, oldKey]);
    expect(rotating.currentKeyId).toBe('2');
    expect(rotating.keyIdOf(before)).toBe('1');
    expect(rotating.decrypt(before, context)).toBe(secret);
    expect(rotating.keyIdOf(rotating.encrypt(secret, context))).toBe('2');
  });

  it('keeps its key when the caller wipes the buffer it handed in', () => {
    const key = randomBytes(32);
    const copy = Buffer.from(key);
    const cipher = createTokenCipher([{ id: '1', key }]);
    key.fill(0);
    expect(createTokenCipher([{ id: '1', key: copy }]).decrypt(cipher.encrypt(secret, context), context)).toBe(secret);
  });

  it('refuses a ciphertext whose key is not in the ring', () => {
    const ciphertext = createTokenCipher([oldKey]).encrypt(secret, context);
    expect(failureOf(() => createTokenCipher([newKey]).decrypt(ciphertext, context)).reason).toBe('unknown_key');
  });

  it.each([
    ['table', { ...context, table: 'stores' }],
    ['column', { ...context, column: 'refresh_token' }],
    ['store', { ...context, storeCode: 'store-2' }],
  ])('does not decrypt in another cell: %s', (_name, other) => {
    const cipher = createTokenCipher([newKey]);
    const ciphertext = cipher.encrypt(secret, context);
    expect(failureOf(() => cipher.decrypt(ciphertext, other)).reason).toBe('tampered');
  });

  it.each(['', '.', ',', ':', '","', '\0'])(
    'keeps cells apart whose names join to the same text by %j',
    (separator) => {
      const cipher = createTokenCipher([newKey]);
      const ciphertext = cipher.encrypt(secret, { table: `a${separator}b`, column: 'c', storeCode: 'd' });
      const other = { table: 'a', column: `b${separator}c`, storeCode: 'd' };
      expect(failureOf(() => cipher.decrypt(ciphertext, other)).reason).toBe('tampered');
    },
  );

  it('does not decrypt under another key id, even when both ids name the same key', () => {
    const cipher = createTokenCipher([newKey, { id: '3', key: newKey.key }]);
    const moved = withPart(cipher.encrypt(secret, context), 1, () => '3');
    expect(failureOf(() => cipher.decrypt(moved, context)).reason).toBe('tampered');
  });

  it('refuses every single flipped bit of iv, ciphertext and tag', () => {
    const cipher = createTokenCipher([newKey]);
    const ciphertext = cipher.encrypt(secret, context);
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(ciphertext.split('.')[index] ?? '', 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const changed = withPart(ciphertext, index, () => flipped.toString('base64url'));
        expect(failureOf(() => cipher.decrypt(changed, context)).reason).toBe('tampered');
      }
    }
  });

  it('refuses every change of a single character', () => {
    const cipher = createTokenCipher([newKey]);
    const ciphertext = cipher.encrypt(secret, context);
    for (let at = 0; at < ciphertext.length; at += 1) {
      const changed = `${ciphertext.slice(0, at)}${ciphertext[at] === 'A' ? 'B' : 'A'}${ciphertext.slice(at + 1)}`;
      expect(failureOf(() => cipher.decrypt(changed, context))).toBeInstanceOf(TokenCipherError);
    }
  });

  it.each([4, 8, 12, 13, 14, 15])('refuses a tag of %i bytes even when GCM itself would take it', (authTagLength) => {
    const iv = randomBytes(12);
    const gcm = createCipheriv('aes-256-gcm', newKey.key, iv, { authTagLength });
    gcm.setAAD(Buffer.from(JSON.stringify([context.table, context.column, context.storeCode, newKey.id])));
    const body = Buffer.concat([gcm.update(secret, 'utf8'), gcm.final()]);
    const text = ['v1', newKey.id, ...[iv, body, gcm.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
    expect(failureOf(() => createTokenCipher([newKey]).decrypt(text, context)).reason).toBe('malformed');
  });

  it.each<[string, (ciphertext: string) => string]>([
    ['nothing', () => ''],
    ['another version', (text) => withPart(text, 0, () => 'v2')],
    ['no key id', (text) => withPart(text, 1, () => '')],
    ['a part too few', (text) => text.split('.').slice(0, 4).join('.')],
    ['a part too many', (text) => `${text}.AAAA`],
    ['a short iv', (text) => withPart(text, 2, (iv) => iv.slice(0, 12))],
    ['an empty ciphertext', (text) => withPart(text, 3, () => '')],
    ['padding', (text) => withPart(text, 4, (tag) => `${tag}==`)],
    ['plain base64', (text) => withPart(text, 2, () => '++++++++++++++++')],
    ['spare bits in the last character', (text) => withPart(text, 4, (tag) => `${tag.slice(0, -1)}B`)],
  ])('calls a text with %s malformed', (_name, change) => {
    const cipher = createTokenCipher([newKey]);
    const changed = change(cipher.encrypt(secret, context));
    expect(failureOf(() => cipher.decrypt(changed, context)).reason).toBe('malformed' satisfies TokenCipherFailure);
    expect(failureOf(() => cipher.keyIdOf(changed)).reason).toBe('malformed');
  });

  it('refuses to encrypt an empty value', () => {
    expect(() => createTokenCipher([newKey]).encrypt('', context)).toThrow(RangeError);
  });

  it.each([
    ['no key', []],
    ['a repeated id', [newKey, { id: '2', key: randomBytes(32) }]],
    ['a short key', [{ id: '1', key: randomBytes(31) }]],
    ['a long key', [{ id: '1', key: randomBytes(33) }]],
    ['an empty id', [{ id: '', key: randomBytes(32) }]],
    ['an id that breaks the format', [{ id: 'a.b', key: randomBytes(32) }]],
  ])('is not built with %s', (_name, keys) => {
    expect(() => createTokenCipher(keys)).toThrow(/key/i);
  });

  it('prints neither keys nor ciphertext when inspected or failing', () => {
    const cipher = createTokenCipher([newKey]);
    const ciphertext = cipher.encrypt(secret, context);
    const failure = failureOf(() => cipher.decrypt(ciphertext, { ...context, storeCode: 'other' }));
    const printed = inspect([cipher, failure], { depth: null, showHidden: true }) + JSON.stringify([cipher, failure]);
    for (const hidden of [secret, ciphertext, newKey.key.toString('hex'), newKey.key.toString('base64')]) {
      expect(printed).not.toContain(hidden);
    }
  });
});

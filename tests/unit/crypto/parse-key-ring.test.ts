import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseKeyRing } from '../../../src/crypto/parse-key-ring.ts';

const first = Buffer.alloc(32, 0xfb);
const second = Buffer.alloc(32, 0x07);
const base64 = (key: Buffer): string => key.toString('base64');

describe('parseKeyRing', () => {
  it('gives a bare key the id 1', () => {
    expect(parseKeyRing(base64(first))).toEqual([{ id: '1', key: first }]);
  });

  it('reads a list in its order, with a bare key in it', () => {
    expect(parseKeyRing(`2026b:${base64(second)}, ${base64(first)}`)).toEqual([
      { id: '2026b', key: second },
      { id: '1', key: first },
    ]);
  });

  const random = base64(randomBytes(32));
  it.each([
    ['nothing', ''],
    ['an id without a key', '2:'],
    ['a trailing comma', `${random},`],
    ['31 bytes', base64(randomBytes(31))],
    ['33 bytes', base64(randomBytes(33))],
    ['base64url', first.toString('base64url')],
    ['missing padding', random.replace('=', '')],
    ['hex', randomBytes(32).toString('hex')],
    ['a blank inside', `${random.slice(0, 8)} ${random.slice(8)}`],
    ['spare bits in the last character', `${base64(Buffer.alloc(32)).slice(0, -2)}B=`],
    ['a repeated id', `1:${random},${base64(first)}`],
    ['an empty id', `:${random}`],
    ['an id with a dot', `a.b:${random}`],
  ])('refuses %s without quoting it', (_name, text) => {
    let message = '';
    try {
      parseKeyRing(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/key/i);
    for (const piece of text.split(/[:,\s]/).filter((part) => part.length > 5)) expect(message).not.toContain(piece);
  });
});

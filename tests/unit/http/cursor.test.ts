import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../../src/errors.ts';
import { decodeCursor, pageOf } from '../../../src/http/cursor.ts';
import { dayPosition, logPosition, storePosition, videoPosition } from '../../../src/http/schemas.ts';

const any = z.tuple([z.string()]);
const identity = (text: string) => text;

describe('a page', () => {
  test('holds at most `limit` items, and leads on only when there are more', () => {
    const page = (rows: string[]) => pageOf(rows, 2, identity, (row) => [row]);
    expect(page([])).toEqual({ items: [], next_cursor: null });
    expect(page(['a', 'b'])).toEqual({ items: ['a', 'b'], next_cursor: null });
    const more = page(['a', 'b', 'c']);
    expect(more.items).toEqual(['a', 'b']);
    expect(decodeCursor(more.next_cursor ?? '', any)).toEqual(['b']);
  });

  test('leads on from any position there can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (position) => {
        const { next_cursor: cursor } = pageOf([position, 'next'], 1, identity, (row) => [row]);
        expect(decodeCursor(cursor ?? '', any)).toEqual([position]);
      }),
    );
  });
});

describe('a cursor', () => {
  test('that is absent is the beginning', () => {
    expect(decodeCursor(undefined, any)).toBeNull();
  });

  test('that is none of ours is refused, whatever it is, and never anything else', () => {
    const refuses = (cursor: string) => {
      for (const schema of [storePosition, dayPosition, videoPosition, logPosition]) {
        try {
          decodeCursor(cursor, schema);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
        }
      }
    };
    fc.assert(fc.property(fc.uint8Array(), (bytes) => refuses(Buffer.from(bytes).toString('latin1'))));
    fc.assert(fc.property(fc.json(), (json) => refuses(Buffer.from(json).toString('base64url'))));
  });

  test.each([
    [storePosition, ['a\u0000']],
    [storePosition, ['x'.repeat(65)]],
    [dayPosition, ['0000-01-01']],
    [dayPosition, ['2026-02-30']],
    [videoPosition, ['1\u0000']],
    [videoPosition, ['']],
    [logPosition, ['0000-01-01T00:00:00Z', '00000000-0000-4000-8000-000000000000']],
    [logPosition, ['2026-01-01T00:00:00Z', 'x']],
  ])('that PostgreSQL could not take is refused before it gets there (%#)', (schema, position) => {
    const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
    expect(() => decodeCursor(cursor, schema as z.ZodType<readonly string[]>)).toThrow(AppError);
  });
});

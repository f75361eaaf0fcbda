import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { csvAnswer, csvCell } from '../../../src/http/csv.ts';

describe('a cell', () => {
  test.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=1+1', "'=1+1"],
    ['+62', "'+62"],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
    ['\tx', "'\tx"],
    ['\r=x', '"\'\r=x"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['', ''],
    [null, ''],
    [-3, '-3'],
    [new Date('2026-11-24T01:02:03.004Z'), '2026-11-24T01:02:03.004Z'],
  ])('%j is %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});

describe('a file', () => {
  const fileOf = (rows: number, onRead: (limit: number) => void = () => undefined) => {
    const app = new Hono();
    app.get('/', (c) =>
      csvAnswer<number>(c, {
        name: 'x.csv',
        columns: [
          { name: 'n', value: (n) => n },
          { name: 'even', value: (n) => (n % 2 === 0 ? 'yes' : null) },
        ],
        async read(after, limit) {
          onRead(limit);
          const first = after === null ? 0 : after + 1;
          return Array.from({ length: Math.max(0, Math.min(limit, rows - first)) }, (_, index) => first + index);
        },
      }),
    );
    return app.request('/');
  };

  test('says what it is, and has its names first and every row once', async () => {
    const answer = await fileOf(2_500);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="x.csv"');
    const lines = (await answer.text()).split('\r\n');
    expect(lines.slice(0, 3)).toEqual(['n,even', '0,yes', '1,']);
    expect(lines).toHaveLength(2_502);
    expect(lines.slice(-2)).toEqual(['2499,', '']);
  });

  test.each([0, 1_000, 100_000])('of %i rows is not said to be cut', async (rows) => {
    const text = await (await fileOf(rows)).text();
    expect(text.split('\r\n')).toHaveLength(rows + 2);
    expect(text).not.toContain('Cut');
  });

  test('of more than 100,000 rows ends there and says so', async () => {
    const lines = (await (await fileOf(100_001)).text()).split('\r\n');
    expect(lines).toHaveLength(100_003);
    expect(lines[100_001]).toBe('Cut after 100000 rows: choose fewer days.,');
  });

  test('is read no faster than the client takes it', async () => {
    let reads = 0;
    const answer = await fileOf(100_000, (limit) => {
      reads += 1;
      expect(limit).toBeLessThanOrEqual(1_000);
    });
    const reader = answer.body?.getReader();
    for (let chunk = 0; chunk < 3; chunk++) await reader?.read();
    expect(reads).toBeLessThan(8);
    await reader?.cancel();
  });
});

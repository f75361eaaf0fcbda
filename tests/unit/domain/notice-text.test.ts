import { describe, expect, test } from 'vitest';
import { type NoticeKind, noticeKinds } from '../../../src/domain/notice-kind.ts';
import { type NoticeStore, writeNotice } from '../../../src/domain/notice-text.ts';

const context = { publicUrl: 'https://harian.example', now: new Date('2026-03-10T14:20:00Z') };
const store = (index = 1): NoticeStore => ({
  storeCode: `toko-${index}`,
  name: `Toko ${index}`,
  timezone: 'Asia/Jakarta',
  statusReason: 'REVOKED',
  refreshExpiresAt: new Date('2026-03-20T18:00:00Z'),
  day: '2026-03-10',
});
const write = (kind: NoticeKind, count: number, listed = count) =>
  writeNotice({ kind, count, stores: Array.from({ length: listed }, (_, index) => store(index + 1)) }, context);

describe('a notice of one store', () => {
  test.each([
    [
      'needs_reconnect',
      'Toko 1 (toko-1) needs reconnecting',
      'TikTok no longer accepts the connection. Send the owner a connect link.',
    ],
    [
      'token_ends',
      'The connection of Toko 1 (toko-1) ends soon',
      // The store's own calendar day: it is past midnight there.
      'It ends on 2026-03-21. Send the owner a connect link before that, and no day is lost.',
    ],
    [
      'day_at_risk',
      'Toko 1 (toko-1) may lose the numbers of its day',
      '2026-03-10 has not been read and ends in 2 h 40 min. What is not read by the end of its day is lost. The console says what it waits for.',
    ],
    ['recovered', 'Toko 1 (toko-1) is well again', 'TikTok accepts the connection again. There is nothing to do.'],
  ] as const)('%s says what is the case, what to do, and where', (kind, title, line) => {
    expect(write(kind, 1)).toEqual({ title, lines: [line, 'https://harian.example/stores/toko-1'] });
  });

  test('gives the reason in the console’s own words, whatever it is', () => {
    const scopes = { ...store(), statusReason: 'SCOPE_MISSING: video.list' };
    expect(writeNotice({ kind: 'needs_reconnect', count: 1, stores: [scopes] }, context).lines[0]).toContain(
      'Not shared by the owner: videos and their numbers.',
    );
  });

  test('stays on its lines, whatever the store is called', () => {
    const named = { ...store(), name: ' Toko\r\nBcc: all@example.com\u2028x ' };
    const { title } = writeNotice({ kind: 'recovered', count: 1, stores: [named] }, context);
    expect(title).toBe('Toko Bcc: all@example.com x (toko-1) is well again');
  });

  test('never counts time below zero', () => {
    const late = { ...context, now: new Date('2026-03-10T17:00:01Z') };
    expect(writeNotice({ kind: 'day_at_risk', count: 1, stores: [store()] }, late).lines[0]).toContain('ends in 0 min');
  });
});

describe('a notice of many stores', () => {
  test.each(noticeKinds)('%s counts all, lists each with its address, and ends with the rest', (kind) => {
    const { title, lines } = write(kind, 23, 20);
    expect(title).toContain('23 ');
    for (let index = 1; index <= 20; index++) {
      const own = lines.filter((line) => line.includes(`Toko ${index} (toko-${index}):`));
      expect(own).toHaveLength(1);
      expect(own[0]).toMatch(new RegExp(` https://harian\\.example/stores/toko-${index}$`));
    }
    expect(lines.at(-1)).toBe('and 3 more: https://harian.example/');
  });

  test('says what goes for all of them once', () => {
    const { lines } = write('recovered', 2);
    expect(lines).toEqual([
      'TikTok accepts the connection again. There is nothing to do.',
      'Toko 1 (toko-1): https://harian.example/stores/toko-1',
      'Toko 2 (toko-2): https://harian.example/stores/toko-2',
      'https://harian.example/',
    ]);
  });
});

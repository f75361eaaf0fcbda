import { describe, expect, it } from 'vitest';
import type { TikTokVideoPage } from '../../../src/tiktok/display.ts';
import { TikTokError } from '../../../src/tiktok/errors.ts';
import { type ListAllVideosOptions, listAllVideos } from '../../../src/tiktok/list-all-videos.ts';
import type { TikTokVideo } from '../../../src/tiktok/schemas.ts';

function video(id: string, viewCount: number | null = 1): TikTokVideo {
  return {
    id,
    createdAt: null,
    title: null,
    description: null,
    durationSeconds: null,
    width: null,
    height: null,
    shareUrl: null,
    embedLink: null,
    viewCount,
    likeCount: 1,
    commentCount: 1,
    shareCount: 1,
  };
}

function page(ids: string[], cursor: number | null, hasMore = true): TikTokVideoPage {
  return { videos: ids.map((id) => video(id)), cursor, hasMore, missingCounters: 0 };
}

type PageOf = (index: number, cursor: number | undefined) => TikTokVideoPage;

async function listing(pageOf: PageOf, options: Partial<ListAllVideosOptions> = {}) {
  const cursors: (number | undefined)[] = [];
  const listPage = async (cursor: number | undefined) => {
    cursors.push(cursor);
    return pageOf(cursors.length - 1, cursor);
  };
  const result = await listAllVideos({ listPage, ...options });
  return { ...result, ids: result.videos.map(({ id }) => id), cursors };
}

const pages =
  (...list: TikTokVideoPage[]): PageOf =>
  (index) =>
    list[index] ?? page([], null, false);

describe('listAllVideos', () => {
  it('reads 45 videos over 3 pages by following the cursor', async () => {
    const all = Array.from({ length: 45 }, (_, index) => `v${index}`);
    const progress: object[] = [];
    const result = await listing(
      pages(page(all.slice(0, 20), 300), page(all.slice(20, 40), 200), page(all.slice(40), 100, false)),
      { onPage: (step) => void progress.push(step) },
    );
    expect(result).toMatchObject({ pages: 3, complete: true, stoppedBy: null, failure: null, missingCounters: 0 });
    expect(result.ids).toEqual(all);
    expect(result.cursors).toEqual([undefined, 300, 200]);
    expect(progress).toEqual([
      { pages: 1, videos: 20 },
      { pages: 2, videos: 40 },
      { pages: 3, videos: 45 },
    ]);
  });

  it('is complete with no video at all', async () => {
    expect(await listing(pages(page([], null, false)))).toMatchObject({ ids: [], pages: 1, complete: true });
  });

  it('goes on after a short page as long as there is more', async () => {
    const result = await listing(pages(page(['a'], 9), page([], 8), page(['b'], 7, false)));
    expect(result).toMatchObject({ ids: ['a', 'b'], complete: true });
  });

  it('keeps each id once, within a page and across pages, and counts its missing counters once', async () => {
    const doubled: TikTokVideoPage = {
      videos: [video('a', null), video('a', null)],
      cursor: 9,
      hasMore: true,
      missingCounters: 2,
    };
    const result = await listing(pages(doubled, page(['a', 'b'], 8, false)));
    expect(result).toMatchObject({ ids: ['a', 'b'], complete: true, missingCounters: 1 });
  });

  it.each<[string, PageOf, string[], number]>([
    ['stands still', pages(page(['a'], 9), page(['b'], 9), page(['c'], 9)), ['a', 'b'], 2],
    ['goes in a circle', pages(page(['a'], 9), page(['b'], 8), page(['c'], 9), page(['d'], 8)), ['a', 'b', 'c'], 3],
    ['is missing', pages(page(['a'], null), page(['b'], 8)), ['a'], 1],
  ])('stops when the cursor %s, and keeps what it saw', async (_name, pageOf, ids, count) => {
    const result = await listing(pageOf);
    expect(result).toMatchObject({ ids, pages: count, complete: false, stoppedBy: 'CURSOR_STUCK', failure: null });
  });

  it('stops at the page limit', async () => {
    const result = await listing((index) => page([`v${index}`], 1000 - index), { maxPages: 5 });
    expect(result).toMatchObject({ pages: 5, complete: false, stoppedBy: 'PAGE_LIMIT' });
    expect(result.ids).toHaveLength(5);
  });

  it('asks for 500 pages at most unless told otherwise', async () => {
    const result = await listing((index) => page([`v${index}`], 1000 - index));
    expect(result).toMatchObject({ pages: 500, stoppedBy: 'PAGE_LIMIT' });
  });

  it('is complete when the last allowed page is the last', async () => {
    const result = await listing((index) => page([`v${index}`], 1000 - index, index < 4), { maxPages: 5 });
    expect(result).toMatchObject({ pages: 5, complete: true });
  });

  it.each([
    ['empty', (): string[] => []],
    ['only known videos', (): string[] => ['a']],
  ])('stops after three pages in a row that bring nothing new: %s', async (_name, ids) => {
    const result = await listing((index) => page(index === 0 ? ['a'] : ids(), 1000 - index));
    expect(result).toMatchObject({ ids: ['a'], pages: 5, complete: false, stoppedBy: 'EMPTY_PAGES' });
  });

  it('takes three empty pages in a row when a video follows', async () => {
    const result = await listing(pages(page(['a'], 9), page([], 8), page([], 7), page([], 6), page(['b'], 5, false)));
    expect(result).toMatchObject({ ids: ['a', 'b'], complete: true });
  });

  it('counts empty pages in a row, not in all', async () => {
    const result = await listing((index) => page(index % 2 === 0 ? [`v${index}`] : [], 100 - index, index < 20));
    expect(result).toMatchObject({ pages: 21, complete: true });
  });

  it('keeps what it saw when a page fails', async () => {
    const failure = new TikTokError({ kind: 'rate_limited', code: 'rate_limit_exceeded', httpStatus: 429 });
    const result = await listing((index) => {
      if (index === 2) throw failure;
      return page([`v${index}`], 1000 - index);
    });
    expect(result).toMatchObject({ ids: ['v0', 'v1'], pages: 2, complete: false, stoppedBy: null });
    expect(result.failure).toBe(failure);
  });

  it('lets an abort through: it is no answer of TikTok', async () => {
    const reason = new Error('stop');
    await expect(
      listing(() => {
        throw reason;
      }),
    ).rejects.toBe(reason);
  });

  it('waits for the progress to be noted before it reads on', async () => {
    const events: string[] = [];
    await listing(
      (index) => {
        events.push(`read ${index}`);
        return page([`v${index}`], 10 - index, index < 1);
      },
      {
        onPage: async ({ pages: count }) => {
          await Promise.resolve();
          events.push(`noted ${count}`);
        },
      },
    );
    expect(events).toEqual(['read 0', 'noted 1', 'read 1', 'noted 2']);
  });
});

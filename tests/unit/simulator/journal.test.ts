import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { oracle } from '../../../src/simulator/oracle.ts';
import { makeSimulator, readPage, walk } from './support.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the journal', () => {
  it('tells what was asked and answered, with hashes in place of tokens', async () => {
    const { api, control } = makeSimulator();
    const pair = control.grant('shop-a');
    const answered = (await (await api.refresh(pair.refreshToken)).json()) as { access_token: string };
    const page = await readPage(await api.videoList(answered.access_token, { max_count: 2 }));
    const [refresh, list] = control.journal.entries();
    expect(refresh).toMatchObject({
      seq: 1,
      at: '2026-11-20T03:00:00.000Z',
      endpoint: 'token',
      openId: 'shop-a',
      grantId: pair.grantId,
      tokenHash: sha256(pair.refreshToken),
      issuedHashes: { access: sha256(answered.access_token) },
      status: 200,
      errorCode: null,
      delivered: true,
    });
    expect(list).toMatchObject({
      seq: 2,
      endpoint: 'video/list',
      hasMore: true,
      tokenHash: sha256(answered.access_token),
    });
    expect(list?.videosReturned.map(({ id, view_count }) => ({ id, view_count }))).toEqual(
      page.videos.map(({ id, view_count }) => ({ id, view_count })),
    );
    const text = JSON.stringify(control.journal.entries());
    for (const secret of [pair.accessToken, pair.refreshToken, answered.access_token])
      expect(text).not.toContain(secret);
  });

  it('is the oracle of the last full set of numbers, whatever changed between two runs of a day', async () => {
    const { api, control, clock } = makeSimulator();
    const pair = control.grant('shop-a');
    await api.userInfo(pair.accessToken);
    await walk(api, pair);
    clock.advanceSeconds(3600);
    control.setNumbers('shop-a', { follower_count: 2 ** 33 });
    await api.userInfo(pair.accessToken);
    const pages = await walk(api, pair);
    const truth = oracle(control.journal.entries(), 'shop-a');
    expect(truth.user?.follower_count).toBe(2 ** 33);
    expect(truth.videos?.size).toBe(45);
    for (const video of pages.flatMap((page) => page.videos)) {
      expect(truth.videos?.get(video.id)?.view_count).toBe(video.view_count);
    }
  });

  it('keeps a full walk when a later one breaks off, and does not count answers that were lost', async () => {
    const { api, control, clock } = makeSimulator();
    const pair = control.grant('shop-a');
    await api.userInfo(pair.accessToken);
    await walk(api, pair);
    const full = oracle(control.journal.entries(), 'shop-a');
    clock.advanceSeconds(3600);
    control.faults.add({ endpoint: 'user/info', kind: 'truncated_body' });
    await (await api.userInfo(pair.accessToken)).text().catch(() => undefined);
    await api.videoList(pair.accessToken, { max_count: 20 });
    const truth = oracle(control.journal.entries(), 'shop-a');
    expect(truth.user).toEqual(full.user);
    expect(truth.videos).toEqual(full.videos);
    expect(truth.latestWalk).toMatchObject({ finished: false });
    expect(truth.latestWalk?.videos.size).toBe(20);
  });

  it('does not count an answer whose caller had left', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'delay', delayMs: 1 });
    const caller = new AbortController();
    const answer = api.userInfo(accessToken, undefined, { signal: caller.signal });
    caller.abort(new Error('deadline'));
    await expect(answer).rejects.toThrow('deadline');
    await expect.poll(() => control.journal.lastSeq()).toBe(1);
    expect(control.journal.entries()[0]).toMatchObject({ status: 200, delivered: false });
    expect(oracle(control.journal.entries(), 'shop-a').user).toBeNull();
  });

  it('knows nothing of an account that was not asked about', () => {
    expect(oracle(makeSimulator().control.journal.entries(), 'shop-a')).toEqual({
      user: null,
      videos: null,
      latestWalk: null,
    });
  });

  it('forgets the oldest entries beyond its limit, by number and by videos', async () => {
    const { api, control } = makeSimulator({ journalLimit: 3 });
    const { accessToken } = control.grant('shop-a');
    for (let index = 0; index < 10; index++) await api.userInfo(accessToken);
    expect(control.journal.entries().map((entry) => entry.seq)).toEqual([8, 9, 10]);
    expect(control.journal.entries(8, 1).map((entry) => entry.seq)).toEqual([9]);
    expect(control.journal.entries(2).map((entry) => entry.seq)).toEqual([8, 9, 10]);
    for (let index = 0; index < 3; index++) await api.videoList(accessToken, { max_count: 20 });
    expect(control.journal.entries().map((entry) => entry.seq)).toEqual([13]);
    expect(control.journal.lastSeq()).toBe(13);
  });
});

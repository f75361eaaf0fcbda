import { describe, expect, it } from 'vitest';
import { makeSimulator, readPage } from './support.ts';

function open() {
  const simulator = makeSimulator();
  const call = (method: string, path: string, body?: unknown) =>
    simulator.fetch(`http://127.0.0.1/_simulator${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  return { ...simulator, call };
}

describe('control over HTTP', () => {
  it('grants, plans faults, sets numbers and settings, and reads the journal', async () => {
    const { call, api } = open();
    const granted = await call('POST', '/grants', { openId: 'shop-a', scopes: ['user.info.stats'] });
    expect(granted.status).toBe(201);
    const { accessToken } = (await granted.json()) as { accessToken: string };
    expect((await call('POST', '/faults', { endpoint: 'user/info', kind: 'internal_error' })).status).toBe(201);
    expect((await call('POST', '/numbers', { openId: 'shop-a', numbers: { likes_count: 3 } })).status).toBe(204);
    const settings = await call('POST', '/settings', { requestsPerMinute: 2 });
    expect(await settings.json()).toMatchObject({ requestsPerMinute: 2, accessTokenLifeSeconds: 7200 });

    expect((await api.userInfo(accessToken, 'likes_count')).status).toBe(500);
    expect(await (await api.userInfo(accessToken, 'likes_count')).json()).toMatchObject({
      data: { user: { likes_count: 3 } },
    });
    expect((await api.userInfo(accessToken, 'likes_count')).status).toBe(429);

    const journal = await (await call('GET', '/journal?after=1&limit=1')).json();
    expect(journal).toMatchObject({ items: [{ seq: 2, user: { likes_count: 3 } }], next_after: 2 });
    const removed = await call('POST', '/authorizations/remove', { openId: 'shop-a', reason: 1 });
    expect(await removed.json()).toEqual({ sent: false });
  });

  it('deletes a video and makes one private, and says whether video/query answers that', async () => {
    const { call, api, control } = open();
    const { accessToken } = control.grant('shop-b');
    const ids = (await readPage(await api.videoList(accessToken))).videos.map(({ id }) => id);
    const [deleted = '', hidden = '', shown = ''] = ids;
    const visibility = { [deleted]: 'deleted', [hidden]: 'private' };
    expect((await call('POST', '/numbers', { openId: 'shop-b', numbers: { visibility } })).status).toBe(204);
    const answered = async () => (await readPage(await api.videoQuery(accessToken, ids))).videos.map(({ id }) => id);

    expect((await readPage(await api.videoList(accessToken))).videos.map(({ id }) => id)).toEqual([shown]);
    expect(await answered()).toEqual([hidden, shown]);
    expect((await call('POST', '/settings', { privateVideos: 'omit' })).status).toBe(200);
    expect(await answered()).toEqual([shown]);
  });

  it('lists and forgets planned faults', async () => {
    const { call } = open();
    await call('POST', '/faults', { endpoint: 'any', kind: 'reset', times: null });
    expect(await (await call('GET', '/faults')).json()).toMatchObject({ items: [{ kind: 'reset', fired: 0 }] });
    expect((await call('DELETE', '/faults')).status).toBe(204);
    expect(await (await call('GET', '/faults')).json()).toEqual({ items: [] });
  });

  it.each([
    ['/faults', { endpoint: 'token', kind: 'cursor_loop' }],
    ['/faults', { endpoint: 'token', kind: 'unheard_of' }],
    ['/grants', { openId: 'nobody' }],
    ['/grants', undefined],
    ['/authorizations/remove', { openId: 'shop-a', reason: 9 }],
    ['/numbers', { openId: 'shop-a', numbers: { follower_count: -1 } }],
    ['/numbers', { openId: 'shop-a', numbers: { visibility: { 1: 'hidden' } } }],
    ['/settings', { latencyMs: 'slow' }],
    ['/settings', { unheard_of: 1 }],
  ])('answers %s %j with 400', async (path, body) => {
    const { call } = open();
    const response = await call('POST', path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_params' } });
  });

  it('is not there for another machine', async () => {
    const { app } = open();
    const request = new Request('http://simulator.example/_simulator/journal');
    const from = (remoteAddress: string) => app.fetch(request, { incoming: { socket: { remoteAddress } } });
    expect((await from('10.0.0.9')).status).toBe(404);
    expect((await from('::ffff:127.0.0.1')).status).toBe(200);
  });
});

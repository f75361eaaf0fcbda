import { describe, expect, it } from 'vitest';
import { errorCode, makeSimulator } from './support.ts';

describe('the rate limit', () => {
  it('admits so many requests in any 60 seconds, sliding with the clock', async () => {
    const { api, control, clock } = makeSimulator({ requestsPerMinute: 4 });
    const { accessToken } = control.grant('shop-a');
    const ask = async () => (await api.userInfo(accessToken)).status;
    expect([await ask(), await ask()]).toEqual([200, 200]);
    clock.advanceSeconds(30);
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
    clock.advanceSeconds(29);
    expect(await ask()).toBe(429);
    // The first two leave the window; the other two are still in it.
    clock.advanceSeconds(1);
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
  });

  it('counts each endpoint on its own and all accounts together', async () => {
    const { api, control } = makeSimulator({ requestsPerMinute: 1 });
    const [a, b] = [control.grant('shop-a').accessToken, control.grant('shop-b').accessToken];
    expect((await api.userInfo(a)).status).toBe(200);
    expect((await api.videoList(a)).status).toBe(200);
    expect((await api.videoQuery(a, ['1'])).status).toBe(200);
    const refused = await api.userInfo(b);
    expect([refused.status, await errorCode(refused)]).toEqual([429, 'rate_limit_exceeded']);
    expect(refused.headers.get('retry-after')).toBeNull();
  });

  it('is 600 by default and does not hold for the token endpoint', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    const statuses: number[] = [];
    for (let index = 0; index < 601; index++) statuses.push((await api.userInfo(accessToken, 'open_id')).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(600);
    for (let index = 0; index < 601; index++) expect((await api.refresh('unknown')).status).toBe(400);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { apiOf, makeSimulator, walk } from './support.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve() {
  const simulator = makeSimulator();
  const server = createServer(getRequestListener(simulator.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closers.push(async () => {
    await simulator.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { ...simulator, origin, api: apiOf(fetch, origin) };
}

describe('over HTTP', () => {
  it('answers as it does in-process', async () => {
    const { api, control } = await serve();
    const pages = await walk(api, control.grant('shop-a'));
    expect(pages.map((page) => page.videos.length)).toEqual([20, 20, 5]);
  });

  it('destroys the socket for a reset, also after a token was rotated', async () => {
    const { api, control } = await serve();
    const pair = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'reset' });
    await expect(api.userInfo(pair.accessToken)).rejects.toThrow(TypeError);
    control.faults.add({ endpoint: 'token', kind: 'reply_lost' });
    await expect(api.refresh(pair.refreshToken)).rejects.toThrow(TypeError);
    expect((await api.userInfo(pair.accessToken)).status).toBe(401);
  });

  it('breaks a truncated body off after its status', async () => {
    const { api, control } = await serve();
    control.faults.add({ endpoint: 'video/list', kind: 'truncated_body' });
    const response = await api.videoList(control.grant('shop-a').accessToken);
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it('stays silent until the caller gives up, or the simulator closes', async () => {
    const { api, control, close } = await serve();
    const { accessToken } = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'timeout', times: 2 });
    const caller = new AbortController();
    const givenUp = api.userInfo(accessToken, undefined, { signal: caller.signal });
    await expect.poll(() => control.journal.entries().length).toBe(1);
    caller.abort(new Error('deadline'));
    await expect(givenUp).rejects.toThrow('deadline');
    const cutOff = expect(api.userInfo(accessToken)).rejects.toThrow(TypeError);
    await expect.poll(() => control.journal.entries().length).toBe(2);
    await close();
    await cutOff;
  });

  it('streams a huge body that the caller may leave at any time', async () => {
    const { api, control } = await serve();
    const { accessToken } = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'huge_body' });
    const response = await api.userInfo(accessToken);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await api.userInfo(accessToken)).status).toBe(200);
  });
});

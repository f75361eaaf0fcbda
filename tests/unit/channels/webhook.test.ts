import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { OutgoingNotice } from '../../../src/channels/channel.ts';
import { createWebhookChannel, signWebhook, webhookBody } from '../../../src/channels/webhook.ts';

const notice: OutgoingNotice = {
  id: '0190f0d6-5a11-4d51-9f0c-6f5b7e0b7c11',
  at: new Date('2026-11-24T01:00:00Z'),
  kind: 'needs_reconnect',
  text: { title: 'Toko <!channel> & <@U1> (a) needs reconnecting', lines: ['Why.', 'https://harian.example/stores/a'] },
  data: { count: 1, stores: [{ store_code: 'a', name: 'Toko <!channel> & <@U1>' }] },
};

test('a signature is that of Standard Webhooks, by its own example', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const signed = { secret, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  expect(signWebhook(signed)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('the body is type, time, text and data; a name in the text calls nobody in Slack, and is whole in the data', () => {
  expect(JSON.parse(webhookBody(notice))).toEqual({
    type: 'store.needs_reconnect',
    timestamp: '2026-11-24T01:00:00.000Z',
    text: 'Toko &lt;!channel&gt; &amp; &lt;@U1&gt; (a) needs reconnecting\nWhy.\nhttps://harian.example/stores/a',
    data: notice.data,
  });
});

test('what an endpoint says beside its status is not listened to: an answer without an end is hung up on', async () => {
  let hungUp = Promise.resolve<unknown>(undefined);
  const server = createServer((_request, response) => {
    hungUp = once(response, 'close');
    response.writeHead(200);
    const talking = setInterval(() => response.write('x'.repeat(64)), 20);
    response.on('close', () => clearInterval(talking));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const channel = createWebhookChannel({ url, secret: null, clock: { now: () => new Date() } });

  expect(await channel.send(notice, new AbortController().signal)).toMatchObject({ outcome: 'delivered' });
  // Else this waits for the test's own end.
  await hungUp;
  server.close();
});

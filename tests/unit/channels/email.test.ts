import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createEmailChannel, transportOptions } from '../../../src/channels/email.ts';

test.each([
  ['smtp://user:p%40ss@mail.example', { host: 'mail.example', port: 587, secure: false, requireTLS: true }],
  ['smtp://user:p%40ss@mail.example:2525', { port: 2525, secure: false, requireTLS: true }],
  ['smtps://user:p%40ss@mail.example', { port: 465, secure: true }],
])('%s: the password is decoded, and sent over TLS only', (url, options) => {
  expect(transportOptions(url)).toMatchObject({ ...options, auth: { user: 'user', pass: 'p@ss' } });
});

test.each(['localhost', '127.0.0.1', '[::1]'])('a server on this machine (%s) needs no TLS', (host) => {
  expect(transportOptions(`smtp://user:pass@${host}:25`)).toMatchObject({ requireTLS: false, port: 25 });
});

test('where no password is sent, TLS is used when it is offered', () => {
  expect(transportOptions('smtp://relay.example:25')).not.toHaveProperty('auth');
  expect(transportOptions('smtp://relay.example:25')).not.toHaveProperty('requireTLS');
});

test('a mail server that answers each step in time, but never comes to an end, is given up after the time for a mail', async () => {
  const server = createServer((socket) => {
    const talking = setInterval(() => socket.write('220-one moment\r\n'), 20);
    socket.on('error', () => undefined).on('close', () => clearInterval(talking));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const channel = await createEmailChannel({
    smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    from: 'harian@harian.example',
    to: ['ops@harian.example'],
    publicUrl: 'https://harian.example',
    mailTimeoutMs: 300,
  });
  const text = { title: 'A test', lines: [] };
  const notice = { id: 'a', at: new Date(), kind: 'test', text, data: {} } as const;

  const result = await channel.send(notice, new AbortController().signal);
  const stopped = await channel.send(notice, AbortSignal.abort());
  server.close();

  expect(result).toEqual({ outcome: 'failed', errorCode: 'TIMEOUT', httpStatus: null });
  expect(stopped).toMatchObject({ outcome: 'failed', errorCode: 'ABORTED' });
});

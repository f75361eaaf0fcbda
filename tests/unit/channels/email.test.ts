import { expect, test } from 'vitest';
import { transportOptions } from '../../../src/channels/email.ts';

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

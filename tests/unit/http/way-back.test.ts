import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { ownPathOf, wayBack } from '../../../src/http/way-back.ts';

test.each([
  ['/log?status=FAILED', '/log?status=FAILED'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/a b', '/'],
  ['/\n/evil.example', '/'],
  ['', '/'],
  [`/${'x'.repeat(600)}`, '/'],
])('%j leads to %j', (path, to) => {
  expect(ownPathOf(path)).toBe(to);
});

const own = 'http://localhost:3000';
const app = new Hono();
app.all('*', (c) => c.text(wayBack(c, own)));
const ask = async (method: string, path: string, referer?: string) =>
  (await app.request(`http://internal${path}`, { method, headers: referer === undefined ? {} : { referer } })).text();

test('the page asked for, with its filters but not with what it said', async () => {
  expect(await ask('GET', '/log?status=FAILED&said=retried&of=x')).toBe('/log?status=FAILED');
});

test('the page whose form was sent, and no other', async () => {
  expect(await ask('POST', '/jobs/1/retry', `${own}/queue?x=1`)).toBe('/queue?x=1');
  expect(await ask('POST', '/jobs/1/retry', 'https://evil.example/queue')).toBe('/');
  expect(await ask('POST', '/jobs/1/retry', 'nonsense')).toBe('/');
  expect(await ask('POST', '/jobs/1/retry')).toBe('/');
});

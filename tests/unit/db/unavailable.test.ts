import { expect, test } from 'vitest';
import { isConnectionBroken, isDatabaseElsewhere, isDatabaseUnavailable } from '../../../src/db/unavailable.ts';

const coded = (code: string) => Object.assign(new Error('as the driver says it'), { code });
/** Drizzle wraps what the driver throws, and its message carries the statement. */
const wrapped = (cause: Error) => new Error('Failed query: select 1', { cause });

test.for([
  ...['08000', '08003', '08006', '57P01', '57P02', '57P03', '57P05', '25006', '25P03'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'],
])('%s: unavailable, and the connection that met it is of no use any more', (code) => {
  for (const error of [coded(code), wrapped(coded(code))]) {
    expect([isDatabaseUnavailable(error), isConnectionBroken(error)]).toEqual([true, true]);
  }
});

test.for([
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
])('what pg gives no code: %s', (message) => {
  for (const error of [new Error(message), wrapped(new Error(message))]) {
    expect([isDatabaseUnavailable(error), isConnectionBroken(error)]).toEqual([true, true]);
  }
});

test.for(['53300', '57014'])('%s passes by itself, and the connection stays good', (code) => {
  expect([isDatabaseUnavailable(coded(code)), isConnectionBroken(coded(code))]).toEqual([true, false]);
});

test.for(['23505', '42P01', '22P02', '40001'])('%s is no outage', (code) => {
  expect([isDatabaseUnavailable(coded(code)), isConnectionBroken(coded(code))]).toEqual([false, false]);
});

test('silence and a standby tell of every connection, a backend that was told to go of its own alone', () => {
  expect(isDatabaseElsewhere(wrapped(new Error('Query read timeout')))).toBe(true);
  expect(isDatabaseElsewhere(coded('25006'))).toBe(true);
  expect(isDatabaseElsewhere(coded('57P01'))).toBe(false);
});

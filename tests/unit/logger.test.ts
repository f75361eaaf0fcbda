import { describe, expect, test } from 'vitest';
import { createLogger, errorCodeOf, type LogLevel } from '../../src/logger.ts';

const collect = (level: LogLevel = 'debug') => {
  const lines: string[] = [];
  const now = () => new Date('2026-11-24T01:02:03.004Z');
  return { lines, logger: createLogger({ level, write: (line) => lines.push(line), now }) };
};

describe('a log line', () => {
  test('is one JSON object with its time, level and event', () => {
    const { lines, logger } = collect();
    logger.warn('sync ended', { store_code: 'a\nb', attempt: 2, http_status: null, error_code: undefined });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-11-24T01:02:03.004Z',
      level: 'warn',
      event: 'sync ended',
      store_code: 'a\nb',
      attempt: 2,
      http_status: null,
    });
  });

  test('drops every field outside the allow-list, however it got there', () => {
    const { lines, logger } = collect();
    const smuggled = {
      store_code: 'a',
      access_token: 'canary',
      authorization: 'canary',
      url: 'canary',
      error: new Error('canary'),
      time: 'canary',
      level: 'canary',
      event: 'canary',
      toString: 'canary',
      constructor: 'canary',
      ['__proto__']: { canary: 'canary' },
    };
    logger.info('connect ended', smuggled);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-11-24T01:02:03.004Z',
      level: 'info',
      event: 'connect ended',
      store_code: 'a',
    });
  });

  test('drops an allowed field that holds more than one plain value', () => {
    const { lines, logger } = collect();
    logger.info('connect ended', {
      status: { token: 'canary' },
      job_id: ['canary'],
      error_code: new Error('x'),
    } as object);
    expect(lines.join('')).not.toContain('canary');
    expect(Object.keys(JSON.parse(lines[0] ?? '') as object)).toEqual(['time', 'level', 'event']);
  });

  test.each<[LogLevel, string[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ])('at level %s comes from %j', (level, expected) => {
    const { lines, logger } = collect(level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]('up');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });
});

describe('the code of an error', () => {
  test('is the first code on the way to its cause, or its class; never its message', () => {
    const cause = Object.assign(new Error('insert into t values (canary)'), { code: '23505' });
    expect(errorCodeOf(new Error('canary', { cause }))).toBe('23505');
    expect(errorCodeOf(new TypeError('canary'))).toBe('TypeError');
    expect(errorCodeOf(new Error('Connection terminated unexpectedly'))).toBe('CONNECTION_LOST');
    expect(errorCodeOf(new Error('canary', { cause: new Error('timeout expired') }))).toBe('CONNECT_TIMEOUT');
    expect(errorCodeOf('canary')).toBe('UNKNOWN');
    expect(errorCodeOf(null)).toBe('UNKNOWN');
    expect(errorCodeOf(Object.assign(new Error('x'), { code: 'Bearer canary' }))).toBe('Error');
    expect(errorCodeOf(Object.assign(new Error('x'), { code: 42 }))).toBe('Error');
  });

  test('is found even when causes go round in a circle', () => {
    const error = new RangeError('x');
    error.cause = error;
    expect(errorCodeOf(error)).toBe('RangeError');
  });
});

import { expect, test } from 'vitest';
import { forecastMs, type Pace } from '../../../src/domain/forecast.ts';

const pace: Pace = {
  storesPerMinute: 20,
  requestsPerStore: 5,
  requestsPerMinute: 600,
  limited: false,
  answering: true,
};

test('no store is through at once, even while TikTok does not answer', () => {
  expect(forecastMs(0, { ...pace, answering: false })).toBe(0);
});

test('while TikTok’s limit holds work up it alone decides, from what a store needs', () => {
  expect(forecastMs(1_200, { ...pace, limited: true })).toBe(10 * 60_000);
  expect(forecastMs(1_200, { ...pace, limited: true, storesPerMinute: 1 })).toBe(10 * 60_000);
});

test('otherwise the stores of the last minutes do, but never faster than the limit', () => {
  expect(forecastMs(100, pace)).toBe(5 * 60_000);
  expect(forecastMs(1_200, { ...pace, storesPerMinute: 10_000 })).toBe(10 * 60_000);
  expect(forecastMs(100, { ...pace, requestsPerStore: null })).toBe(5 * 60_000);
});

test.each([
  ['TikTok does not answer', { answering: false }],
  ['nothing was read lately', { storesPerMinute: 0 }],
  ['nobody knows what a store needs', { storesPerMinute: 0, limited: true, requestsPerStore: null }],
])('nobody can tell when %s', (_why, change) => {
  expect(forecastMs(7, { ...pace, ...change })).toBeNull();
});

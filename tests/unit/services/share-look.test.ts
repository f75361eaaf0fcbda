import { expect, test } from 'vitest';
import { shareLook } from '../../../src/services/share-look.ts';

test('however many ask at once or shortly after, one looks', async () => {
  let looks = 0;
  const read = shareLook(async () => ++looks, 60_000);
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  expect(await read()).toBe(1);
});

test('what was seen is forgotten in time, and a failure at once', async () => {
  let looks = 0;
  const always = shareLook(async () => ++looks, 0);
  expect([await always(), await always()]).toEqual([1, 2]);

  let fails = true;
  const read = shareLook(async () => {
    if (fails) throw new Error('away');
    return 'there';
  }, 60_000);
  const both = await Promise.allSettled([read(), read()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await read()).toBe('there');
});

import { expect, test, vi } from 'vitest';
import { shareLargeLook, shareLook } from '../../../src/services/share-look.ts';

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

test('what is small everybody looks at anew; what is large is seen at once, and renewed behind their backs', async () => {
  let size = 1;
  let looks = 0;
  const read = shareLargeLook(
    async () => {
      looks += 1;
      return size;
    },
    (seen) => seen > 10,
  );
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  expect([await read(), await read(), looks]).toEqual([1, 1, 2]);
  size = 11;
  expect([await read(), looks]).toEqual([11, 3]);
  size = 12;
  expect([await read(), looks]).toEqual([11, 3]);
  now.mockReturnValue(6_000);
  expect([await read(), looks]).toEqual([11, 4]);
  await new Promise(setImmediate);
  expect([await read(), looks]).toEqual([12, 4]);
  // Nobody asked for long: what was seen then is told to nobody.
  size = 2;
  now.mockReturnValue(17_000);
  expect([await read(), looks]).toEqual([2, 5]);
  now.mockRestore();
});

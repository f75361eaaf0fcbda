import { expect, test } from 'vitest';
import { withCrlf } from '../../../src/http/crlf.ts';

const textOf = async (chunks: readonly Uint8Array[]) => {
  const out: Uint8Array[] = [];
  for await (const chunk of withCrlf(given(chunks))) out.push(chunk);
  return Buffer.concat(out).toString();
};
async function* given(chunks: readonly Uint8Array[]) {
  yield* chunks;
}

const csv = 'a,"first\nsecond"\n1,"say ""hi""\n"\n2,x\n';
const expected = 'a,"first\nsecond"\r\n1,"say ""hi""\n"\r\n2,x\r\n';

test('lines end with CRLF and values keep their own line ends, wherever the chunks are cut', async () => {
  for (let cut = 0; cut <= csv.length; cut += 1) {
    expect(await textOf([Buffer.from(csv.slice(0, cut)), Buffer.from(csv.slice(cut))])).toBe(expected);
  }
});

test('a chunk that has its memory to itself is freed at once, one that shares it is left whole', async () => {
  const own = new TextEncoder().encode(csv);
  const shared = new TextEncoder().encode(`${csv}rest`);

  expect(await textOf([own.slice(), shared.subarray(0, csv.length)])).toBe(expected + expected);

  const given = own.slice();
  await textOf([given]);
  expect(given.buffer).toMatchObject({ byteLength: 0, detached: true });
  expect(shared.buffer).toMatchObject({ detached: false });
  expect(Buffer.from(shared).toString()).toBe(`${csv}rest`);
});

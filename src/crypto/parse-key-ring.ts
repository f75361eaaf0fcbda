import { assertKeyRing, type TokenKey } from './token-cipher.ts';

const BARE_KEY_ID = '1';

/**
 * Reads `TOKEN_ENC_KEY`: a comma list of `id:base64`, where a bare key has the id `1`.
 * Throws an Error that names the entry by position and never quotes it.
 */
export function parseKeyRing(text: string): TokenKey[] {
  const keys = text.split(',').map((entry, index) => parseEntry(entry.trim(), index + 1));
  assertKeyRing(keys);
  return keys;
}

function parseEntry(entry: string, position: number): TokenKey {
  const colon = entry.indexOf(':');
  const id = colon === -1 ? BARE_KEY_ID : entry.slice(0, colon);
  const encoded = entry.slice(colon + 1);
  const key = Buffer.from(encoded, 'base64');
  // Buffer.from skips what it does not know; only a text that encodes back to itself was really base64.
  if (encoded === '' || key.toString('base64') !== encoded) {
    throw new Error(`Key ${position} of the ring is not canonical base64.`);
  }
  return { id, key };
}

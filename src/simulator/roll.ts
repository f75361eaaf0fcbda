/**
 * A number in [0, 1) that depends on the parts alone, so the world needs no state: FNV-1a over the joined parts,
 * then a 32-bit finaliser. Not for secrets.
 */
export function roll(...parts: readonly (string | number)[]): number {
  const text = parts.join('\u001f');
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

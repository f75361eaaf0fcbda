import { createCipheriv, randomBytes } from 'node:crypto';
import { createTokenCipher, TokenCipherError, type TokenContext } from '../../src/crypto/token-cipher.ts';
import type { Experiment } from './experiment.ts';

const ring = [
  { id: '1', key: Buffer.alloc(32, 1) },
  { id: '2', key: Buffer.alloc(32, 2) },
  // One key under two ids: a ciphertext of the one must not pass for one of the other.
  { id: '1b', key: Buffer.alloc(32, 1) },
];
const cipher = createTokenCipher(ring);
const columns = ['access_token_encrypted', 'refresh_token_encrypted'];
const secret = 'act.a-token-of-usual-length-0123456789-0123456789';

/** A chance to be taken in: a text that nobody encrypted for this cell. */
interface Forgery {
  text: string;
  at: TokenContext;
}

type Draw = (below: number) => number;
type Forge = (good: string, at: TokenContext, draw: Draw) => Forgery;

const partsOf = (text: string) => text.split('.');
const withPart = (text: string, index: number, change: (part: string) => string) =>
  partsOf(text)
    .map((part, at) => (at === index ? change(part) : part))
    .join('.');
const changedChar = (text: string, draw: Draw) => {
  const at = draw(text.length);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
  const other = alphabet[draw(alphabet.length)] ?? 'A';
  return `${text.slice(0, at)}${other === text[at] ? '~' : other}${text.slice(at + 1)}`;
};

const forgeries: Record<string, Forge> = {
  'flipped bit': (good, at, draw) => {
    const text = withPart(good, 2 + draw(3), (part) => {
      const bytes = Buffer.from(part, 'base64url');
      const bit = draw(bytes.length * 8);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return bytes.toString('base64url');
    });
    return { text, at };
  },
  'changed character': (good, at, draw) => ({ text: changedChar(good, draw), at }),
  'truncated text': (good, at, draw) => ({ text: good.slice(0, draw(good.length)), at }),
  'text behind': (good, at, draw) => ({ text: good + ['A', '.', '=', '.AAAA', '\0', ' '][draw(6)], at }),
  'cut tag': (good, at, draw) => {
    const cut = (tag: string) => Buffer.from(tag, 'base64url').subarray(0, draw(16)).toString('base64url');
    return { text: withPart(good, 4, cut), at };
  },
  // Made with the right key: GCM itself would take a tag of these lengths.
  'short tag': (_good, at, draw) => {
    const authTagLength = [4, 8, 12, 13, 14, 15][draw(6)] ?? 4;
    const iv = randomBytes(12);
    const gcm = createCipheriv('aes-256-gcm', ring[0]?.key ?? '', iv, { authTagLength });
    gcm.setAAD(Buffer.from(JSON.stringify([at.table, at.column, at.storeCode, '1'])));
    const body = Buffer.concat([gcm.update(secret, 'utf8'), gcm.final()]);
    return { text: ['v1', '1', ...[iv, body, gcm.getAuthTag()].map((p) => p.toString('base64url'))].join('.'), at };
  },
  'other store': (good, at, draw) => ({ text: good, at: { ...at, storeCode: `${at.storeCode}${draw(10)}` } }),
  'other column': (good, at) => ({
    text: good,
    at: { ...at, column: columns.find((column) => column !== at.column) ?? '' },
  }),
  'other table': (good, at) => ({ text: good, at: { ...at, table: 'stores' } }),
  'parts of two': (good, at, draw) => {
    const other = partsOf(cipher.encrypt(secret, at));
    const index = 2 + draw(3);
    return { text: withPart(good, index, () => other[index] ?? ''), at };
  },
  'other key': (_good, at) => ({
    text: createTokenCipher([{ id: '1', key: randomBytes(32) }]).encrypt(secret, at),
    at,
  }),
  'other key id': (good, at, draw) => ({ text: withPart(good, 1, () => ['2', '1b', '', '3'][draw(4)] ?? ''), at }),
  'other version': (good, at, draw) => ({
    text: withPart(good, 0, () => ['v0', 'v2', 'V1', '', 'v1 '][draw(5)] ?? ''),
    at,
  }),
};

/** Ciphertexts changed in every way that is known to have worked against somebody: not one of them decrypts. */
export const tampering: Experiment = {
  name: 'tampering',
  figure: 'no changed, moved or foreign ciphertext decrypts',
  quick: 100_000,
  full: 100_000,
  negative: 5_000,
  async run({ n, random, say }) {
    const draw: Draw = (below) => Math.floor(random() * below);
    const kinds = Object.entries(forgeries);
    const failures: string[] = [];
    for (let done = 0; done < n; done++) {
      const at = { table: 'tiktok_accounts', column: columns[draw(2)] ?? '', storeCode: `store-${draw(1_000)}` };
      const good = cipher.encrypt(secret, at);
      if (cipher.decrypt(good, at) !== secret) failures.push('an untouched ciphertext did not decrypt');
      const [kind, forge] = kinds[done % kinds.length] ?? ['', () => ({ text: good, at })];
      const forged = forge(good, at, draw);
      const verdict = judge(forged);
      if (verdict !== null) failures.push(`${kind}: ${verdict}`);
      if (done % 20_000 === 19_999) say(`${done + 1} of ${n}`);
    }
    return { n, failures, measured: [`${kinds.length} kinds`] };
  },
  defects: [
    {
      name: 'the store is not part of what is authenticated',
      file: 'src/crypto/token-cipher.ts',
      find: 'JSON.stringify([table, column, storeCode, keyId])',
      replace: 'JSON.stringify([table, column, keyId])',
    },
    {
      name: 'the column is not part of what is authenticated',
      file: 'src/crypto/token-cipher.ts',
      find: 'JSON.stringify([table, column, storeCode, keyId])',
      replace: 'JSON.stringify([table, storeCode, keyId])',
    },
    {
      name: 'the key id is not part of what is authenticated',
      file: 'src/crypto/token-cipher.ts',
      find: 'JSON.stringify([table, column, storeCode, keyId])',
      replace: 'JSON.stringify([table, column, storeCode])',
    },
    {
      name: 'the tag is not checked',
      file: 'src/crypto/token-cipher.ts',
      find: 'Buffer.concat([decipher.update(body), decipher.final()])',
      replace: 'decipher.update(body)',
    },
    {
      name: 'two texts may mean the same bytes',
      file: 'src/crypto/token-cipher.ts',
      find: "const canonical = encoded.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);",
      replace: 'const canonical = true;',
    },
    {
      name: 'the version is not looked at',
      file: 'src/crypto/token-cipher.ts',
      find: 'version !== VERSION || !KEY_ID',
      replace: '!KEY_ID',
    },
    {
      name: 'the length of the tag is left to GCM',
      file: 'src/crypto/token-cipher.ts',
      find: 'iv.length !== IV_BYTES || tag.length !== TAG_BYTES || body.length === 0',
      replace: 'iv.length !== IV_BYTES || body.length === 0',
    },
  ],
};

/** Null when it was turned away as it should be. An error that is not the cipher's own is a door open by luck. */
function judge({ text, at }: Forgery): string | null {
  try {
    cipher.decrypt(text, at);
    return 'was accepted';
  } catch (error) {
    if (error instanceof TokenCipherError) return null;
    return `was refused by accident: ${error instanceof Error ? error.name : 'unknown'}`;
  }
}

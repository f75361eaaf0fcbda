import { randomUUID } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTokenSpool, type SpooledPair, type TokenSpool } from '../../../src/spool/token-spool.ts';

let parent: string;
let directory: string;
let spool: TokenSpool;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'harian-spool-'));
  directory = join(parent, 'deep', 'spool');
  spool = createTokenSpool(directory);
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const pairOf = (storeCode: string): SpooledPair => ({
  storeCode,
  version: 3,
  spentTokenHash: Buffer.alloc(32, 5),
  accessTokenEncrypted: Buffer.from('v1.1.a.b.c'),
  refreshTokenEncrypted: Buffer.from('v1.1.d.e.f'),
  accessExpiresAt: new Date('2026-11-24T03:00:00.123Z'),
  refreshExpiresAt: new Date('2027-05-23T01:00:00.000Z'),
  scopes: ['user.info.basic', 'video.list'],
  receivedAt: new Date('2026-11-24T01:00:00.000Z'),
});

const longAgo = new Date(Date.now() - 2 * 3_600_000);
/** Where a write of this file is done until it is whole. */
const temporaryOf = (name: string) => `.${name}.${randomUUID()}`;

describe('a spooled pair', () => {
  test('comes back as it was, also to another process', async () => {
    const name = await spool.write(pairOf('toko-01'));
    expect(await createTokenSpool(directory).read(name)).toEqual(pairOf('toko-01'));
  });

  test('is readable by its owner alone', async () => {
    const name = await spool.write(pairOf('toko-01'));
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  });

  test('never overwrites another one, of the same store and version neither', async () => {
    const names = await Promise.all([spool.write(pairOf('a')), spool.write(pairOf('a')), spool.write(pairOf('A'))]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(3);
    expect((await spool.list()).toSorted()).toEqual(names.toSorted());
  });

  test.each(['..', '.', '.hidden', 'A'.repeat(64)])('of the store %j stays inside the directory', async (storeCode) => {
    const name = await spool.write(pairOf(storeCode));
    expect(await readdir(directory)).toEqual([name]);
    expect(await spool.list(storeCode)).toEqual([name]);
  });

  test('is found by its store, and no other one’s is', async () => {
    const name = await spool.write(pairOf('a'));
    await spool.write(pairOf('ab'));
    expect(await spool.list('a')).toEqual([name]);
    expect(await spool.list('b')).toEqual([]);
  });

  test('can be replaced and removed; removing it twice does no harm', async () => {
    const name = await spool.write(pairOf('a'));
    await spool.replace(name, { ...pairOf('a'), version: 4 });
    expect(await spool.read(name)).toMatchObject({ version: 4 });
    await spool.remove(name);
    await spool.remove(name);
    expect(await spool.read(name)).toBeNull();
    expect(await readdir(directory)).toEqual([]);
  });

  test('does not come back when it is replaced after it is gone', async () => {
    const name = await spool.write(pairOf('a'));
    await spool.remove(name);
    await spool.replace(name, pairOf('a'));
    expect(await readdir(directory)).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('stays the worker’s own when root replaces it', async () => {
    const name = await spool.write(pairOf('a'));
    await chown(join(directory, name), 1000, 1001);
    await spool.replace(name, { ...pairOf('a'), version: 4 });
    expect(await stat(join(directory, name))).toMatchObject({ uid: 1000, gid: 1001 });
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  });
});

describe('the directory', () => {
  test('may be missing: then nothing waits', async () => {
    expect(await spool.list()).toEqual([]);
  });

  test('is made and proven at the start, and left empty', async () => {
    await spool.prepare();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readdir(directory)).toEqual([]);
  });

  test('that cannot be written is refused at the start', async () => {
    await writeFile(join(parent, 'file'), '');
    const within = createTokenSpool(join(parent, 'file', 'spool'));
    await expect(within.prepare()).rejects.toMatchObject({ code: 'SPOOL_NOT_WRITABLE' });
    await expect(within.write(pairOf('a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test('shows pairs alone, whatever else lives in it, and leaves that alone', async () => {
    const name = await spool.write(pairOf('a'));
    const foreign = ['.keep', 'README', 'pair.json', `x${name}`, `${name}.old`];
    for (const file of foreign) {
      await writeFile(join(directory, file), '');
      await utimes(join(directory, file), longAgo, longAgo);
    }
    await mkdir(join(directory, 'lost+found'));
    await spool.prepare();
    expect(await spool.list()).toEqual([name]);
    expect((await readdir(directory)).toSorted()).toEqual([...foreign, 'lost+found', name].toSorted());
  });

  test('gives a pair its name at the next start when the write was killed just before that', async () => {
    const name = await spool.write(pairOf('a'));
    const temporary = join(directory, temporaryOf(name));
    await rename(join(directory, name), temporary);
    await utimes(temporary, longAgo, longAgo);
    expect(await spool.list()).toEqual([]);
    await spool.prepare();
    expect(await spool.list('a')).toEqual([name]);
    expect(await spool.read(name)).toEqual(pairOf('a'));
  });

  test('does not show what a killed write left half done, and clears it away at a later start', async () => {
    const name = await spool.write(pairOf('a'));
    const [old, fresh] = [temporaryOf(name), temporaryOf(name)];
    for (const half of [old, fresh]) await writeFile(join(directory, half), '{');
    await utimes(join(directory, old), longAgo, longAgo);
    expect(await spool.list()).toEqual([name]);
    await spool.prepare();
    expect((await readdir(directory)).toSorted()).toEqual([fresh, name].toSorted());
  });
});

describe('a file that is no pair', () => {
  const good = async () => readFile(join(directory, await spool.write(pairOf('a'))), 'utf8');
  const changed = (change: object) => async () => JSON.stringify({ ...JSON.parse(await good()), ...change });

  test.each<[string, () => Promise<string>]>([
    ['nothing', async () => ''],
    ['half a pair', async () => (await good()).slice(0, -20)],
    ['JSON of something else', async () => '{"hello":1}'],
    ['an empty access token', changed({ access_token_encrypted: '' })],
    ['an empty refresh token', changed({ refresh_token_encrypted: '' })],
    ['no version', changed({ version: null })],
    ['a time that is none', changed({ received_at: 'yesterday' })],
    ['more than a pair needs', changed({ more: true })],
    ['far too much', changed({ scopes: ['x'.repeat(100_000)] })],
  ])('but %s is refused, and quotes none of it', async (_name, text) => {
    const content = await text();
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'foreign.json'), content);
    await expect(spool.read('foreign.json')).rejects.toMatchObject({ code: 'SPOOL_FILE_UNREADABLE' });
    await expect(spool.read('foreign.json')).rejects.not.toThrow(/v1\.1|hello|xxx/);
  });

  test('is listed no more once set aside, and stays', async () => {
    const name = await spool.write(pairOf('a'));
    spool.setAside(name);
    expect(await spool.list()).toEqual([]);
    expect(await spool.list('a')).toEqual([]);
    expect(await readdir(directory)).toEqual([name]);
  });
});

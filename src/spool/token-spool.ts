import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../crypto/hash.ts';

/** A new token pair, encrypted as its cells will hold it, and what it replaces. */
export interface SpooledPair {
  storeCode: string;
  /** Of the pair that was spent for this one. */
  version: number;
  spentTokenHash: Buffer;
  accessTokenEncrypted: Buffer;
  refreshTokenEncrypted: Buffer;
  accessExpiresAt: Date;
  refreshExpiresAt: Date;
  scopes: string[];
  receivedAt: Date;
}

/**
 * A directory for pairs that the database could not take. Several processes of one machine may share it; what is not
 * named as we name files is none of its business.
 */
export interface TokenSpool {
  /**
   * Makes the directory, proves that it can be written, and takes up what a killed write left. Throws an Error with the
   * code SPOOL_NOT_WRITABLE.
   */
  prepare(): Promise<void>;
  /** On the disk when it resolves. Answers the file's name, or throws what the file system throws. */
  write(pair: SpooledPair): Promise<string>;
  /** The files that wait, of one store or all, without those set aside; none when there is no directory. */
  list(storeCode?: string): Promise<string[]>;
  /** Null when it is gone. Throws SpoolFileError for what is no pair of ours, else what the file system throws. */
  read(name: string): Promise<SpooledPair | null>;
  /** Another text under the same name, as durable as the first and its owner's; nothing when it is gone already. */
  replace(name: string, pair: SpooledPair): Promise<void>;
  /** Does nothing when it is gone already. */
  remove(name: string): Promise<void>;
  /** This process lists the file no more; it stays for a person to look at. */
  setAside(name: string): void;
}

export class SpoolFileError extends Error {
  override readonly name = 'SpoolFileError';
  readonly code = 'SPOOL_FILE_UNREADABLE';
}

const maxFileBytes = 64 * 1024;
/** A write under way is never this old. */
const staleTemporaryMs = 3_600_000;

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const fileName = new RegExp(`^[0-9a-f]{32}-${uuid}\\.json$`);
/** Where a file is written until it is whole, and a proof that one can be. */
const temporaryName = new RegExp(`^\\.([0-9a-f]{32}-${uuid}\\.json)\\.${uuid}$`);
const proofName = new RegExp(`^\\.{1,2}proof-${uuid}`);

const ciphertext = z
  .string()
  .min(1)
  .transform((text) => Buffer.from(text));
const instant = z.iso.datetime().transform((text) => new Date(text));
const fileSchema = z.strictObject({
  store_code: z.string().min(1),
  version: z.int().positive(),
  spent_token_hash: z.base64().transform((text) => Buffer.from(text, 'base64')),
  access_token_encrypted: ciphertext,
  refresh_token_encrypted: ciphertext,
  access_expires_at: instant,
  refresh_expires_at: instant,
  scopes: z.array(z.string()),
  received_at: instant,
});

const textOf = (pair: SpooledPair) =>
  JSON.stringify({
    store_code: pair.storeCode,
    version: pair.version,
    spent_token_hash: pair.spentTokenHash.toString('base64'),
    access_token_encrypted: pair.accessTokenEncrypted.toString(),
    refresh_token_encrypted: pair.refreshTokenEncrypted.toString(),
    access_expires_at: pair.accessExpiresAt,
    refresh_expires_at: pair.refreshExpiresAt,
    scopes: pair.scopes,
    received_at: pair.receivedAt,
  } satisfies Record<keyof z.input<typeof fileSchema>, unknown>);

function parsePair(text: string): SpooledPair {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SpoolFileError('The file is no JSON.');
  }
  const { data } = fileSchema.safeParse(json);
  if (!data) throw new SpoolFileError('The file is no token pair.');
  return {
    storeCode: data.store_code,
    version: data.version,
    spentTokenHash: data.spent_token_hash,
    accessTokenEncrypted: data.access_token_encrypted,
    refreshTokenEncrypted: data.refresh_token_encrypted,
    accessExpiresAt: data.access_expires_at,
    refreshExpiresAt: data.refresh_expires_at,
    scopes: data.scopes,
    receivedAt: data.received_at,
  };
}

/** A store's code may be `..`, and two may differ in case alone: neither makes a file name. */
const prefixOf = (storeCode: string) => sha256(storeCode).toString('hex').slice(0, 32);

const isGone = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Opens nothing by itself. */
export function createTokenSpool(directory: string): TokenSpool {
  const pathOf = (name: string) => join(directory, name);
  const asides = new Set<string>();

  /** Written aside, fsynced, renamed, and the rename fsynced: a crash leaves the whole file or none. */
  const writeFile = async (name: string, text: string, replaced?: Stats) => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const temporary = pathOf(`.${name}.${randomUUID()}`);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(text);
        // A key rotation run as root must not take the file away from the worker.
        if (replaced && process.getuid?.() === 0) await file.chown(replaced.uid, replaced.gid);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, pathOf(name));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    const folder = await open(directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  };

  const read = async (name: string): Promise<SpooledPair | null> => {
    try {
      const { size } = await stat(pathOf(name));
      if (size > maxFileBytes) throw new SpoolFileError('The file is too large for a token pair.');
      return parsePair(await readFile(pathOf(name), 'utf8'));
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  };

  /** Whole, it gets its name after all: the write was killed just before that. Torn, it goes once it is old. */
  const takeUp = async (name: string, wholeName: string | undefined): Promise<void> => {
    const isTorn = await read(name).then(
      () => false,
      (error: unknown) => error instanceof SpoolFileError,
    );
    if (!isTorn && wholeName !== undefined) return rename(pathOf(name), pathOf(wholeName));
    const { mtimeMs } = await stat(pathOf(name));
    if (Date.now() - mtimeMs > staleTemporaryMs) await rm(pathOf(name));
  };

  const takeUpLeftovers = async () => {
    for (const name of await readdir(directory)) {
      const wholeName = temporaryName.exec(name)?.[1];
      if (wholeName === undefined && !proofName.test(name)) continue;
      await takeUp(name, wholeName).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    }
  };

  return {
    async prepare() {
      try {
        const proof = `.proof-${randomUUID()}`;
        await writeFile(proof, '');
        await rm(pathOf(proof), { force: true });
        await takeUpLeftovers();
      } catch (error) {
        const problem = new Error('The spool directory cannot be written.', { cause: error });
        throw Object.assign(problem, { code: 'SPOOL_NOT_WRITABLE' });
      }
    },
    async write(pair) {
      const name = `${prefixOf(pair.storeCode)}-${randomUUID()}.json`;
      await writeFile(name, textOf(pair));
      return name;
    },
    async list(storeCode) {
      const prefix = storeCode === undefined ? '' : prefixOf(storeCode);
      const names = await readdir(directory).catch((error: unknown) => {
        if (isGone(error)) return [];
        throw error;
      });
      return names.filter((name) => fileName.test(name) && name.startsWith(prefix) && !asides.has(name));
    },
    read,
    async replace(name, pair) {
      const replaced = await stat(pathOf(name)).catch((error: unknown) => {
        if (isGone(error)) return null;
        throw error;
      });
      if (replaced) await writeFile(name, textOf(pair), replaced);
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
    setAside(name) {
      asides.add(name);
    },
  };
}

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { numbersOverrideSchema } from './numbers-override.ts';
import { scopeSchema } from './scopes.ts';

/** A grant as it is kept: tokens as SHA-256 only, instants in ms. The hash is all that is needed to recognise a token. */
export const grantRecordSchema = z.strictObject({
  type: z.literal('grant'),
  id: z.string(),
  openId: z.string(),
  scopes: z.array(scopeSchema),
  accessHash: z.string(),
  accessExpiresMs: z.number(),
  refreshHash: z.string(),
  refreshExpiresMs: z.number(),
  spentHashes: z.array(z.string()),
});

export type GrantRecord = z.infer<typeof grantRecordSchema>;

const stateRecordSchema = z.discriminatedUnion('type', [
  grantRecordSchema,
  z.strictObject({ type: z.literal('ended'), id: z.string() }),
  z.strictObject({ type: z.literal('override'), openId: z.string(), override: numbersOverrideSchema }),
]);

export type StateRecord = z.infer<typeof stateRecordSchema>;

export interface StateFile {
  /** The newest record of every living grant and override, as the file had them. */
  records: StateRecord[];
  /** Returns once the line is handed to the operating system; throws when that fails. */
  append(record: StateRecord): void;
  clear(): void;
  close(): void;
}

/** One JSON line per change, replayed and compacted on open. Without a path everything is kept in memory alone. */
export function openStateFile(path: string | undefined): StateFile {
  if (path === undefined) return { records: [], append() {}, clear() {}, close() {} };
  mkdirSync(dirname(path), { recursive: true });
  const records = latest(existsSync(path) ? parse(readFileSync(path, 'utf8')) : []);
  replaceFile(path, records);
  let file = openSync(path, 'a', 0o600);
  return {
    records,
    append: (record) => writeWhole(file, [record]),
    clear() {
      closeSync(file);
      replaceFile(path, []);
      file = openSync(path, 'a', 0o600);
    },
    close: () => closeSync(file),
  };
}

/** The last line may be torn by a kill, and its answer never left; any other bad line is an error. */
function parse(text: string): StateRecord[] {
  const lines = text.split('\n');
  const torn = lines.pop();
  return [...lines, ...(torn && isJson(torn) ? [torn] : [])].map((line) => stateRecordSchema.parse(JSON.parse(line)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function latest(records: StateRecord[]): StateRecord[] {
  const living = new Map<string, StateRecord>();
  for (const record of records) {
    if (record.type === 'grant') living.set(record.id, record);
    else if (record.type === 'ended') living.delete(record.id);
    else living.set(`override ${record.openId}`, record);
  }
  return [...living.values()];
}

function replaceFile(path: string, records: StateRecord[]): void {
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  writeWhole(file, records);
  fsyncSync(file);
  closeSync(file);
  renameSync(next, path);
}

function writeWhole(file: number, records: StateRecord[]): void {
  const bytes = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

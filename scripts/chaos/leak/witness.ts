import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../../src/db/client.ts';

/** What must be found nowhere, by name; and where it was looked for, by place. */
export interface Witness {
  readonly canaries: Readonly<Record<string, string | Buffer>>;
  readonly places: Readonly<Record<string, string | Buffer>>;
  /** From now on a secret. Values shorter than 16 are not: they might turn up by chance. */
  keepSecret(kind: string, value: string | Buffer | undefined): void;
  /** Something that left the program. `shows`: the secrets that belong there, each once; a second time is a leak. */
  see(place: string, content: string | Buffer, shows?: readonly string[]): void;
}

export function createWitness(): Witness {
  const canaries: Record<string, string | Buffer> = {};
  const places: Record<string, string | Buffer> = {};
  const known = new Set<string>();
  return {
    canaries,
    places,
    keepSecret(kind, value) {
      if (value === undefined || value.length < 16) return;
      const hash = createHash('sha256').update(value).digest('hex');
      if (known.has(hash)) return;
      known.add(hash);
      canaries[`${kind} ${known.size}`] = value;
    },
    see(place, content, shows = []) {
      let rest = content;
      for (const secret of shows) if (typeof rest === 'string') rest = rest.replace(secret, '«shown»');
      places[`${place} #${Object.keys(places).length}`] = rest;
    },
  };
}

/** Every row of every table, payloads and outputs of jobs among them; bytes also as the bytes they are. */
export async function dumpDatabase(db: Database): Promise<Buffer> {
  const rowsOf = async <Row>(text: string) => (await db.execute(text)).rows as Row[];
  const tables = await rowsOf<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const columns = await rowsOf<{ name: string; of: string }>(
    `select format('%I', column_name) as name, format('%I.%I', table_schema, table_name) as of
     from information_schema.columns where data_type = 'bytea' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const parts: Buffer[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf<{ row: string }>(`select t::text as row from ${name} t`);
    parts.push(Buffer.from(`${name}\n${rows.map(({ row }) => row).join('\n')}\n`));
  }
  for (const { name, of } of columns) {
    const rows = await rowsOf<{ bytes: Buffer }>(`select ${name} as bytes from ${of} where ${name} is not null`);
    parts.push(...rows.flatMap(({ bytes }) => [bytes, Buffer.from('\n')]));
  }
  const running = await rowsOf<{ query: string | null }>('select query from pg_stat_activity');
  parts.push(Buffer.from(running.map(({ query }) => query ?? '').join('\n')));
  return Buffer.concat(parts);
}

/** The bytes of every file below a folder; empty when there is none. */
export async function readFolder(folder: string): Promise<Record<string, Buffer>> {
  const place = await realpath(folder).catch(() => null);
  if (place === null) return {};
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(
    // One that is gone meanwhile holds nothing any more.
    files.map(async (file) => [file, await readFile(file).catch(() => Buffer.alloc(0))] as const),
  );
  return Object.fromEntries(contents.map(([file, bytes]) => [file.slice(place.length + 1), bytes]));
}

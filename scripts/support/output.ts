import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface Output {
  /** Resolves when there is room for more. Rejects with what the file system says. */
  write(text: string): Promise<void>;
  /** Whole, on the disk and under its name when it resolves. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** A fast one: the text is so regular that more time hardly makes it smaller. */
const level = 3;

export class OutputError extends Error {}

/**
 * Where a command's output goes: a new file that its owner alone may read, or standard output for `-`. It has another
 * name until it is whole. Throws OutputError when there is a file of that name already.
 */
export async function openOutput(to: string, options: { gzip: boolean }): Promise<Output> {
  const isTaken =
    to !== '-' &&
    (await access(to).then(
      () => true,
      () => false,
    ));
  if (isTaken) throw new OutputError(`${to} is there already: choose another name.`);
  const part = `${to}.${randomUUID()}.part`;
  const sink = to === '-' ? process.stdout : createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
  const head = new PassThrough();
  const end = to !== '-';
  const done = options.gzip ? pipeline(head, createGzip({ level }), sink, { end }) : pipeline(head, sink, { end });
  done.catch(() => undefined);
  return {
    async write(text) {
      if (head.destroyed) await done;
      if (!head.write(text)) await Promise.race([once(head, 'drain'), done]);
    },
    async finish() {
      head.end();
      await done;
      if (to !== '-') await rename(part, to);
    },
    async discard() {
      head.destroy();
      await done.catch(() => undefined);
      if (to !== '-') await rm(part, { force: true });
    },
  };
}

import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

const maxLineCharacters = 64 * 1024 * 1024;

/**
 * The lines of a gzipped file, or of standard input for `-`, without their ends. Rejects with what the file system or
 * zlib says, and with a RangeError for a line that no backup of ours has.
 */
export async function* readGzippedLines(from: string): AsyncGenerator<string> {
  const source = from === '-' ? process.stdin : createReadStream(from);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source.pipe(gunzip)) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineCharacters) throw new RangeError('a line without end');
    yield* lines;
  }
  if (rest !== '') yield rest;
}

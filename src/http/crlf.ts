const [newline, carriageReturn, quote] = [0x0a, 0x0d, 0x22];

/**
 * RFC 4180's line ends for CSV of PostgreSQL's, chunk by chunk; a line end within quotes belongs to the value. The chunks are
 * given away. Without strings: what they leave makes the collector run so often that it takes the chunks in flight for old.
 */
export async function* withCrlf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let inQuotes = false;
  for await (const given of chunks) {
    const chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    let lines = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, end + 1)) lines += 1;
    const out = Buffer.allocUnsafe(chunk.length + lines);
    let [written, start] = [0, 0];
    let quoteAt = chunk.indexOf(quote);
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, end + 1)) {
      for (; quoteAt !== -1 && quoteAt < end; quoteAt = chunk.indexOf(quote, quoteAt + 1)) inQuotes = !inQuotes;
      if (inQuotes) continue;
      written += chunk.copy(out, written, start, end);
      out[written++] = carriageReturn;
      out[written++] = newline;
      start = end + 1;
    }
    for (; quoteAt !== -1; quoteAt = chunk.indexOf(quote, quoteAt + 1)) inQuotes = !inQuotes;
    written += chunk.copy(out, written, start);
    release(given);
    yield out.subarray(0, written);
  }
}

/** Frees its memory now and not when the collector comes. One that shares it with others is left. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

const newline = 0x0a;
const quote = 0x22;

/** RFC 4180's line ends for CSV of PostgreSQL's, chunk by chunk; a line end within quotes belongs to the value. */
export async function* withCrlf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let inQuotes = false;
  for await (const given of chunks) {
    const chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    // Mostly nothing is in quotes: then the engine does it at once, byte for byte.
    if (!inQuotes && !chunk.includes(quote)) {
      yield Buffer.from(chunk.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
      continue;
    }
    const out = Buffer.allocUnsafe(2 * chunk.length);
    let [written, start] = [0, 0];
    let quoteAt = chunk.indexOf(quote);
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, end + 1)) {
      for (; quoteAt !== -1 && quoteAt < end; quoteAt = chunk.indexOf(quote, quoteAt + 1)) inQuotes = !inQuotes;
      if (inQuotes) continue;
      written += chunk.copy(out, written, start, end);
      written += out.write('\r\n', written);
      start = end + 1;
    }
    for (; quoteAt !== -1; quoteAt = chunk.indexOf(quote, quoteAt + 1)) inQuotes = !inQuotes;
    written += chunk.copy(out, written, start);
    yield out.subarray(0, written);
  }
}

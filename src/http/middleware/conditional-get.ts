import type { MiddlewareHandler } from 'hono';
import { etagOf, isKnown } from '../etag.ts';

/** More than the largest page. What is longer is streamed: it goes out as it comes, without a tag. */
const maxTaggedBytes = 4 * 1024 * 1024;

/**
 * JSON gets an ETag, and who has it already a 304. hono/etag would hold any answer whole, however long. Kept by nobody
 * but the one who asked, and asked for again each time.
 */
export const conditionalGet: MiddlewareHandler = async (c, next) => {
  await next();
  const { res } = c;
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const isJson = /^application\/json\b/.test(res.headers.get('content-type') ?? '');
  if (!isRead || res.status !== 200 || !isJson || res.body === null) return;
  const { head, rest } = await readHead(res.body);
  if (rest !== null) {
    c.res = new Response(rest, res);
    return;
  }
  const etag = etagOf(head);
  const isSame = isKnown(c.req.header('if-none-match'), etag);
  c.res = isSame ? new Response(null, { status: 304 }) : new Response(head, res);
  c.header('ETag', etag);
  if (!res.headers.has('cache-control')) c.header('Cache-Control', 'private, no-cache');
  // A 304 is not compressed, but says of its 200 that it may be.
  c.header('Vary', 'Accept-Encoding', { append: true });
};

/** The whole as `head`; of what is longer `rest` is all of it, from the beginning on, and `head` is of no use. */
async function readHead(
  body: ReadableStream<Uint8Array>,
): Promise<{ head: Buffer<ArrayBuffer>; rest: ReadableStream | null }> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= maxTaggedBytes) {
    const { done, value } = await reader.read();
    if (done) return { head: Buffer.concat(chunks), rest: null };
    chunks.push(value);
    bytes += value.byteLength;
  }
  const rest = new ReadableStream({
    async pull(controller) {
      const first = chunks.shift();
      const { done, value } = first ? { done: false, value: first } : await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { head: Buffer.alloc(0), rest };
}

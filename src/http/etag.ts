import { createHash } from 'node:crypto';

/** Weak: the same content may leave compressed. */
export const etagOf = (content: string | Uint8Array): string =>
  `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;

const opaque = (tag: string) => tag.replace(/^W\//, '');

/** Whether `If-None-Match` names this tag, or any. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch?.trim() === '*') return true;
  return ifNoneMatch?.match(/"[^"]*"/g)?.some((tag) => tag === opaque(etag)) ?? false;
}

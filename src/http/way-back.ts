import type { Context } from 'hono';

/** Only a path of ours: `//elsewhere` and `/\elsewhere` lead away. */
const ownPath = /^\/(?![/\\])[\x21-\x7e]{0,500}$/;

/** `path` where it is one of ours, else the first page. */
export const ownPathOf = (path: string): string => (ownPath.test(path) ? path : '/');

/**
 * The page of ours that somebody was on or wanted to see, without what it said: the one asked for, or the one whose form
 * was sent; else `otherwise`.
 */
export function wayBack(c: Context, publicUrl: string, otherwise = '/'): string {
  const isForm = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  const from = URL.parse(isForm ? (c.req.header('referer') ?? '') : c.req.url);
  if (from === null || (isForm && from.origin !== new URL(publicUrl).origin)) return otherwise;
  from.searchParams.delete('said');
  from.searchParams.delete('of');
  return ownPathOf(`${from.pathname}${from.search}`);
}

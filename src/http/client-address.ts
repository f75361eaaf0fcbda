import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';

/** Of the socket. Headers that name another one are never believed: anybody can send them. */
export function clientAddress(c: Context): string {
  // Without a socket, in a test, there is none.
  if (!c.env?.incoming) return 'unknown';
  return getConnInfo(c).remote.address?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'unknown';
}

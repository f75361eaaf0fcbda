import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { errorCodeOf } from '../logger.ts';
import type { SendResult } from './channel.ts';
import { isInside, isLoopback } from './inside-address.ts';
import { resultOf } from './webhook.ts';

/** What an address must not be, found when it is resolved: at sending, for a name may lead elsewhere by then. */
class AddressError extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

export interface PostOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  signal: AbortSignal;
  /** Plain http and this machine itself; never in production. */
  allowLoopback: boolean;
  /** For all of it: look-up, connection, answer. */
  timeoutMs?: number;
}

/**
 * Posts to an address that somebody else chose: never to the inside, whatever its name resolves to. Every address that the
 * name has is judged, and the connection goes to one of those, so nothing can change in between. No redirect is followed and
 * no body read. Never throws; ends within `timeoutMs`, or at once when `signal` aborts.
 */
export async function postOutside(options: PostOptions): Promise<SendResult> {
  const { signal, timeoutMs = 10_000 } = options;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return resultOf(await statusOf(options, deadline));
  } catch (error) {
    const errorCode = deadline.aborted ? (signal.aborted ? 'ABORTED' : 'TIMEOUT') : errorCodeOf(error);
    return { outcome: 'failed', errorCode, httpStatus: null };
  }
}

async function statusOf(options: PostOptions, signal: AbortSignal): Promise<number> {
  const { headers, body, allowLoopback } = options;
  const url = new URL(options.url);
  const mayReach = (address: string) => !isInside(address) || (allowLoopback && isLoopback(address));
  // An address in place of a name is never looked up.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayReach(host)) throw new AddressError();
  if (url.protocol !== 'https:' && !allowLoopback) throw new AddressError();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // No agent: a connection kept open would skip the look-up.
    const posting = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      lookup: lookupOnly(mayReach),
      signal,
    });
    posting.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    posting.on('error', reject);
    posting.end(body);
  });
}

/** Refuses a name as a whole when one of its addresses may not be reached. */
const lookupOnly =
  (mayReach: (address: string) => boolean): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? new AddressError(), '');
      if (!addresses.every(({ address }) => mayReach(address))) return done(new AddressError(), '');
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };

import { errorCodeOf } from '../logger.ts';

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
/** Shutdown, crash, starting up, out of connections, read-only (a failed-over primary): all pass by themselves. */
const passingStates = new Set(['57P01', '57P02', '57P03', '53300', '25006']);
/** pg gives these no code. */
const timeouts = /timeout exceeded when trying to connect|Query read timeout|Connection terminated/;

/** True when the database could not be reached or is on its way down or up: trying again later can help. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (networkCodes.has(code) || passingStates.has(code) || /^08[0-9A-Z]{3}$/.test(code)) return true;
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (timeouts.test(cause.message)) return true;
  return false;
}

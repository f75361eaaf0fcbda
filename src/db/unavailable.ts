import { errorCodeOf } from '../logger.ts';

/** Of the network, and what `errorCodeOf` calls pg's own errors of that kind. */
const networkCodes = new Set([
  'QUERY_TIMEOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_LOST',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
]);
/** Shutdown, crash, starting up, read-only (a failed-over primary), told to go: nothing good follows on this connection. */
const lastStates = new Set(['57P01', '57P02', '57P03', '57P05', '25006', '25P03', '25P04']);
/** Out of connections; a statement that took too long: both pass, and the connection stays good. */
const passingStates = new Set(['53300', '57014']);

/** True when no answer came, or one that only a standby gives: connections opened before are no better. */
export const isDatabaseElsewhere = (error: unknown): boolean => ['QUERY_TIMEOUT', '25006'].includes(errorCodeOf(error));

/** True when the connection that met this error cannot be used any more. */
export function isConnectionBroken(error: unknown): boolean {
  const code = errorCodeOf(error);
  return networkCodes.has(code) || lastStates.has(code) || /^08[0-9A-Z]{3}$/.test(code);
}

/** True when the database could not be reached or is on its way down or up: trying again later can help. */
export const isDatabaseUnavailable = (error: unknown): boolean =>
  isConnectionBroken(error) || passingStates.has(errorCodeOf(error));

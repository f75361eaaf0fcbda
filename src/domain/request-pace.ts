/** How a limit of requests per minute is kept. Times in ms; a reserve of 0 requests is none. */
export interface RequestPace {
  /** Between two requests of the routine lane. */
  intervalMs: number;
  /** Requests that may leave ahead of their moment, and how long one of them takes to come back: it is then paid for. */
  reserveSize: number;
  reserveIntervalMs: number;
  /** Bookings reach this far ahead, so that those of a process that dies are soon over. */
  horizonMs: number;
  /** A request that could not leave within this after its moment must be booked anew: late ones would bunch. */
  graceMs: number;
  /** Requests booked beyond what is wanted while nobody else is at it: the next ones then need not ask. */
  spare: number;
}

export const limitWindowMs = 60_000;

/**
 * TikTok counts when a request arrives. The window is taken a sixtieth longer than it is: what our event loop (`graceMs`)
 * and the network delay unevenly, up to a second together, still fits.
 */
const slackShare = 1 / 60;
/** Of the limit: kept for people. */
const reserveShare = 0.005;
/** Of the window, that a process may book and not use; and how many requests at most. At TikTok's 600 a minute: none. */
const spareShare = 1 / 2400;
const mostSpare = 8;

/**
 * Lanes that together never exceed `limit` in any sliding window. Moments are evenly spaced, limit - reserve in a window.
 * A person's request leaves at once and takes the next free moment with it, so that at most the reserve is ever ahead of
 * its moments. `windowMs` is TikTok's minute; tests take a shorter one.
 */
export function requestPace(limit: number, windowMs = limitWindowMs): RequestPace {
  const countedMs = windowMs * (1 + slackShare);
  const reserveSize = Math.floor(limit * reserveShare);
  const intervalMs = countedMs / (limit - reserveSize);
  const horizonMs = windowMs / 60;
  return {
    intervalMs,
    reserveSize,
    // The moment it takes lies behind all that is booked, and behind those of the rest of the reserve.
    reserveIntervalMs: reserveSize === 0 ? 0 : horizonMs + (reserveSize + 1) * intervalMs,
    horizonMs,
    graceMs: windowMs / 200,
    spare: Math.min(mostSpare, Math.floor((windowMs * spareShare) / intervalMs)),
  };
}

/** How a limit of requests per minute is kept. Times in ms; a reserve of 0 requests is none. */
export interface RequestPace {
  /** Between two requests of the routine lane. */
  intervalMs: number;
  /** Requests the reserve holds when full, and how long one takes to come back. */
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
/** Of the limit: kept full for people, and as much again comes back within one window. */
const reserveShare = 0.01;
/** Of the window, that a process may book and not use; and how many requests at most. At TikTok's 600 a minute: none. */
const spareShare = 1 / 2400;
const mostSpare = 8;

/**
 * Lanes that together never exceed `limit` in any sliding window: limit - 2 × reserve evenly spaced, and the reserve
 * twice, full at the window's begin and refilled in its course. `windowMs` is TikTok's minute; tests take a shorter one.
 */
export function requestPace(limit: number, windowMs = limitWindowMs): RequestPace {
  const countedMs = windowMs * (1 + slackShare);
  const reserveSize = Math.floor(limit * reserveShare);
  const intervalMs = countedMs / (limit - 2 * reserveSize);
  return {
    intervalMs,
    reserveSize,
    reserveIntervalMs: reserveSize === 0 ? 0 : countedMs / reserveSize,
    horizonMs: windowMs / 60,
    graceMs: windowMs / 200,
    spare: Math.min(mostSpare, Math.floor((windowMs * spareShare) / intervalMs)),
  };
}

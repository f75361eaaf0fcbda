/** Time is a parameter: everything that needs "now" takes a clock, so a test can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

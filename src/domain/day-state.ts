/** What becomes of a store's day. `late`: read past its midnight, when nothing had been read before. */
export const dayStates = ['pending', 'running', 'complete', 'partial', 'late', 'missed'] as const;
export type DayState = (typeof dayStates)[number];

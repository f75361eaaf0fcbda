/** What can come of an owner's trip to TikTok. Only CONNECTED, and UNDONE after it, change anything. */
export const connectOutcomes = [
  'CONNECTED',
  /** The owner took the connection back: it was not their store. */
  'UNDONE',
  /** The owner said no. The link stays good. */
  'REFUSED',
  /** TikTok answered with an error, or did not take the code. The link stays good. */
  'TIKTOK_ERROR',
  /** TikTok did not answer. The link stays good. */
  'TIKTOK_UNAVAILABLE',
  /** TikTok does not accept this installation's own credentials: the operator has to act. */
  'MISCONFIGURED',
  /** The store belongs to another TikTok account. */
  'OTHER_ACCOUNT',
  /** The TikTok account is connected to another store. */
  'ACCOUNT_ON_OTHER_STORE',
  /** The link was used meanwhile. */
  'LINK_USED',
] as const;
export type ConnectOutcome = (typeof connectOutcomes)[number];

/** TikTok's codes for the end of an authorisation (webhooks-events). `forget`: the person or the account is gone. */
const reasons: Readonly<Record<number, { reason: string; forget: boolean }>> = {
  1: { reason: 'DISCONNECTED_IN_TIKTOK', forget: false },
  2: { reason: 'ACCOUNT_DELETED', forget: true },
  3: { reason: 'AGE_CHANGED', forget: true },
  4: { reason: 'ACCOUNT_BANNED', forget: true },
  5: { reason: 'REVOKED_BY_DEVELOPER', forget: false },
};

/** Unknown codes, 0 among them, are `REVOKED`. */
export function removalReason(code: number): { reason: string; forget: boolean } {
  return reasons[code] ?? { reason: 'REVOKED', forget: false };
}

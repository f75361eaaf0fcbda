/** A store's `status_reason` for an admin: what is the case, and what to do about it. */
export interface ReasonText {
  what: string;
  next: string;
}

const askOwner = 'Send the owner a connect link.';

const reasons = new Map<string, ReasonText>(
  Object.entries({
    REVOKED: { what: 'TikTok no longer accepts the connection.', next: askOwner },
    REFRESH_TOKEN_EXPIRED: { what: 'The connection expired.', next: askOwner },
    REFRESH_OUTCOME_UNKNOWN: {
      what: 'TikTok’s answer to a token refresh was lost, and the old token no longer works.',
      next: `The owner did nothing wrong. ${askOwner}`,
    },
    SCOPE_MISSING: { what: 'The owner has not given a permission that is needed.', next: askOwner },
    ACCOUNT_DELETED: { what: 'The TikTok account was deleted.', next: 'The numbers read so far are kept.' },
    ACCOUNT_BANNED: {
      what: 'TikTok banned the account.',
      next: 'Ask the owner; once it is lifted, send a connect link.',
    },
    AGE_CHANGED: { what: 'TikTok ended the access because the account’s age changed.', next: 'Ask the owner.' },
    DISCONNECTED_IN_TIKTOK: { what: 'The owner removed the access in TikTok.', next: `Ask why. ${askOwner}` },
    REVOKED_BY_DEVELOPER: { what: 'The access was revoked with this app’s own credentials.', next: askOwner },
    DISCONNECTED_BY_ADMIN: { what: 'An admin disconnected it.', next: 'To resume, send the owner a connect link.' },
    UNKNOWN: { what: 'TikTok ended the access and gave no reason.', next: askOwner },
  }),
);

const missing = new Map<string, string>(
  Object.entries({
    'user.info.basic': 'the account’s name and picture',
    'user.info.profile': 'the username',
    'user.info.stats': 'followers, likes and number of videos',
    'video.list': 'videos and their numbers',
  }),
);

/** Codes as in `stores.status_reason`, `SCOPE_MISSING: a, b` included; an unknown code is quoted as it is. */
export function explainReason(reason: string): ReasonText {
  const [code = '', detail] = reason.split(': ', 2);
  if (code === 'SCOPE_MISSING' && detail !== undefined) {
    const names = detail.split(', ').map((scope) => missing.get(scope) ?? scope);
    return {
      what: `Not shared by the owner: ${names.join('; ')}.`,
      next: 'To add it, send a connect link; the owner leaves every permission on.',
    };
  }
  return reasons.get(code) ?? { what: `Reason: ${reason}.`, next: 'See the store’s sync log.' };
}

/** What an export of one owner says of a table, column by column. */
export interface ExportedTable {
  about: string;
  columns: Readonly<Record<string, string>>;
  /** What is left out, and why. */
  withheld: Readonly<Record<string, string>>;
  orderBy: readonly string[];
}

const storeCode = { store_code: "the seller's code of the store" };
const captured = { captured_at: 'when TikTok was asked' };
const day = { snapshot_date: "the day, on the store's own clock" };
const secret = 'opens a door: a key or its hash';
const inner = 'of the inner workings';

/** Everything that belongs to a store, and how it is named. Tests hold it against the database, column by column. */
export const ownerExport: Readonly<Record<string, ExportedTable>> = {
  stores: {
    about: 'The store as the seller keeps it.',
    columns: {
      ...storeCode,
      name: "the seller's name of the store",
      timezone: 'where its days begin and end',
      status: 'of the connection to TikTok',
      status_reason: 'why it is so',
      paused: 'whether the seller has stopped the daily reading',
      connected_at: 'since when the present connection stands',
      last_synced_at: 'when numbers were read last',
      last_snapshot_date: 'the last day that was read',
      oldest_listed_at:
        'when the oldest video was posted that the last list showed before it was cut off; null: it was whole',
      created_at: 'when the store was added',
      updated_at: 'when this row was changed last',
    },
    withheld: {},
    orderBy: ['store_code'],
  },
  tiktok_accounts: {
    about: 'The TikTok account, as TikTok told of it with its owner’s consent.',
    columns: {
      ...storeCode,
      open_id: "TikTok's identifier of the account for this app",
      union_id: "TikTok's identifier of the account for this developer",
      username: 'the account’s name',
      display_name: 'the name it shows',
      avatar_url: 'the address of its picture, which expires',
      scopes: 'what its owner has consented to',
      access_expires_at: 'until when the present access token is good',
      refresh_expires_at: 'when its owner has to consent anew',
      connected_at: 'when its owner consented last',
      updated_at: 'when this row was changed last',
    },
    withheld: {
      access_token_encrypted: secret,
      refresh_token_encrypted: secret,
      spent_token_hash: secret,
      version: inner,
      refresh_state: inner,
      refresh_attempt_id: inner,
      refresh_started_at: inner,
      refresh_process_id: inner,
    },
    orderBy: ['store_code'],
  },
  connect_links: {
    about: 'Invitations to connect that were made for the owner; those that are over are deleted after a day.',
    columns: {
      ...storeCode,
      created_at: 'when it was made',
      expires_at: 'until when it is good',
      used_at: 'when it led to a connection',
    },
    withheld: { token_hash: secret },
    orderBy: ['created_at'],
  },
  oauth_states: {
    about: 'Trips of a browser to TikTok and back; deleted a day after they are over.',
    columns: {
      ...storeCode,
      created_at: 'when it set out',
      expires_at: 'until when it could come back',
      used_at: 'when it came back',
      outcome: 'what came of it',
    },
    withheld: { state_hash: secret, browser_hash: secret, link_hash: secret },
    orderBy: ['created_at'],
  },
  store_days: {
    about: 'Every day on which the account was to be read, whether or not it was.',
    columns: {
      ...storeCode,
      ...day,
      state: 'pending, running, complete, partial, late or missed',
      reason: 'why it is not complete',
      captured_at: 'when it was read; null: not at all',
      created_at: 'when the day was opened',
      updated_at: 'when this row was changed last',
    },
    withheld: { job_id: inner, retry_after: inner },
    orderBy: ['snapshot_date'],
  },
  user_daily: {
    about: "The account's totals on each day. null: TikTok did not say.",
    columns: {
      ...storeCode,
      ...day,
      follower_count: 'followers',
      following_count: 'accounts it follows',
      likes_count: 'likes of all its videos',
      video_count: 'public videos',
      ...captured,
    },
    withheld: {},
    orderBy: ['snapshot_date'],
  },
  videos: {
    about: 'The public videos of the account.',
    columns: {
      ...storeCode,
      video_id: "TikTok's identifier",
      title: 'its title',
      description: 'its description',
      posted_at: 'when it was posted',
      duration_seconds: 'its length',
      width: 'in pixels',
      height: 'in pixels',
      share_url: 'its address',
      embed_link: 'its address for other pages',
      first_seen_date: 'the first day it was read',
      presence: 'listed, unlisted, absent or gone: what became of it',
      presence_since: 'since which day; null: since it was first read',
    },
    withheld: { asked_on: inner },
    orderBy: ['video_id'],
  },
  video_daily: {
    about: "A video's totals on each day. null: TikTok did not say.",
    columns: {
      ...storeCode,
      video_id: 'of which video',
      ...day,
      view_count: 'views',
      like_count: 'likes',
      comment_count: 'comments',
      share_count: 'shares',
      ...captured,
    },
    withheld: {},
    orderBy: ['video_id', 'snapshot_date'],
  },
  video_ages: {
    about: 'What a video had when it was so many days old, worked out from its totals. null: nobody can say.',
    columns: {
      ...storeCode,
      video_id: 'of which video',
      age_days: 'days since it was posted',
      view_count: 'views',
      like_count: 'likes',
      comment_count: 'comments',
      share_count: 'shares',
    },
    withheld: {},
    orderBy: ['video_id', 'age_days'],
  },
  sync_logs: {
    about: 'Every attempt to read the account.',
    columns: {
      ...storeCode,
      ...day,
      trigger: 'what it was made for: the schedule, a downtime, a new connection or an admin',
      attempt: 'which attempt of its job',
      status: 'what came of it',
      error_code: 'why, if it did not succeed',
      http_status: "of TikTok's answer",
      tiktok_log_id: "TikTok's own number of the request",
      pages: 'of the list of videos that were read',
      videos: 'that were read',
      started_at: 'its begin',
      finished_at: 'its end',
      retry_at: 'when the next was to follow',
    },
    withheld: { id: inner, job_id: inner, job_name: inner, delivery: inner },
    orderBy: ['started_at'],
  },
  notices: {
    about: 'What the seller was to be told of the store.',
    columns: {
      ...storeCode,
      kind: 'of what',
      channel: 'by which way',
      day: 'the day at risk',
      opened_at: 'since when it was so',
      closed_at: 'until when',
      told_at: 'when it was told',
    },
    withheld: { message_id: inner, queued_at: inner, sending_until: inner, quiet_until: inner },
    orderBy: ['kind', 'channel'],
  },
  events: {
    about: 'What other programs of the seller were to be told of the store; deleted after a month.',
    columns: {
      ...storeCode,
      type: 'what happened',
      ...day,
      data: 'as it was sent',
      at: 'when it was written down',
    },
    withheld: { id: inner },
    orderBy: ['at'],
  },
  event_deliveries: {
    about: 'What became of telling each of them.',
    columns: {
      ...storeCode,
      state: 'pending, delivered or failed',
      attempts: 'how often it was tried',
      created_at: 'since when',
      last_attempt_at: 'when it was tried last',
    },
    withheld: { event_id: inner, webhook_id: inner, job_id: inner, http_status: inner, error_code: inner },
    orderBy: ['created_at'],
  },
  idempotency_keys: {
    about: 'What the seller asked for about the store and could have repeated within a day.',
    columns: { ...storeCode, claimed_at: 'when', status: 'of the answer' },
    withheld: { admin_key_id: inner, key_hash: inner, request_hash: inner, body: inner, location: inner },
    orderBy: ['claimed_at'],
  },
  audit_log: {
    about: 'What was done to the store by the seller, the owner and TikTok.',
    columns: { ...storeCode, at: 'when', action: 'what', outcome: 'OK, or the code it was refused with' },
    withheld: {
      id: inner,
      actor_key_id: 'of a person who works for the seller',
      actor_name: 'of a person who works for the seller',
      client: 'of a person who works for the seller',
      target: inner,
    },
    orderBy: ['at'],
  },
};

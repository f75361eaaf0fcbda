import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  type PgColumn,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AuditAction } from '../domain/audit-action.ts';
import { dayStates } from '../domain/day-state.ts';
import { deliveryStates, feedEvents } from '../domain/feed-event.ts';
import { noticeChannels, noticeKinds } from '../domain/notice-kind.ts';
import { presences } from '../domain/video-presence.ts';

// Every table that belongs to a store begins its key with store_code, so that the whole can be sharded by it.

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Counters are lifetime totals up to 2^53 - 1: exact as a JavaScript number. NULL means TikTok did not say. */
const counter = (name: string) => bigint(name, { mode: 'number' });
const day = (name: string) => date(name, { mode: 'string' });

export const stores = pgTable(
  'stores',
  {
    storeCode: text('store_code').primaryKey(),
    name: text('name').notNull(),
    timezone: text('timezone').notNull(),
    status: text('status', { enum: ['PENDING', 'CONNECTED', 'NEED_RECONNECT', 'DISCONNECTED'] })
      .notNull()
      .default('PENDING'),
    statusReason: text('status_reason'),
    paused: boolean('paused').notNull().default(false),
    connectedAt: instant('connected_at'),
    lastSyncedAt: instant('last_synced_at'),
    lastSnapshotDate: day('last_snapshot_date'),
    /** Where the cap cut off the last list: when its oldest video was posted. NULL: it was not cut off. */
    oldestListedAt: instant('oldest_listed_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('stores_store_code_format', sql`${t.storeCode} ~ '^[A-Za-z0-9._-]{1,64}$'`),
    check('stores_status_known', sql`${t.status} in ('PENDING','CONNECTED','NEED_RECONNECT','DISCONNECTED')`),
    index('stores_by_status').on(t.status, t.storeCode),
  ],
);

const storeReference = () =>
  text('store_code')
    .notNull()
    .references(() => stores.storeCode, { onDelete: 'cascade' });

/** Tokens are ciphertext (crypto/token-cipher), NULL once wiped. `version` rises with every change of the pair. */
export const tiktokAccounts = pgTable(
  'tiktok_accounts',
  {
    storeCode: storeReference().primaryKey(),
    openId: text('open_id').notNull(),
    unionId: text('union_id'),
    username: text('username'),
    displayName: text('display_name'),
    avatarUrl: text('avatar_url'),
    scopes: text('scopes').array().notNull(),
    accessTokenEncrypted: bytea('access_token_encrypted'),
    refreshTokenEncrypted: bytea('refresh_token_encrypted'),
    accessExpiresAt: instant('access_expires_at'),
    refreshExpiresAt: instant('refresh_expires_at'),
    version: integer('version').notNull().default(1),
    refreshState: text('refresh_state', { enum: ['IDLE', 'IN_FLIGHT', 'OUTCOME_UNKNOWN'] })
      .notNull()
      .default('IDLE'),
    refreshAttemptId: uuid('refresh_attempt_id'),
    refreshStartedAt: instant('refresh_started_at'),
    /** The process whose refresh is in flight: another one gives it a moment before it tries itself. */
    refreshProcessId: uuid('refresh_process_id'),
    spentTokenHash: bytea('spent_token_hash'),
    connectedAt: instant('connected_at').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    // A disconnected store keeps its account's name, to know it again, but no longer keeps it from other stores.
    uniqueIndex('tiktok_accounts_one_store_each').on(t.openId).where(sql`${t.refreshTokenEncrypted} is not null`),
    index('tiktok_accounts_by_open_id').on(t.openId),
    check('tiktok_accounts_refresh_state_known', sql`${t.refreshState} in ('IDLE','IN_FLIGHT','OUTCOME_UNKNOWN')`),
  ],
);

export const connectLinks = pgTable(
  'connect_links',
  {
    tokenHash: bytea('token_hash').primaryKey(),
    storeCode: storeReference(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [index('connect_links_by_store').on(t.storeCode), index('connect_links_by_expiry').on(t.expiresAt)],
);

/** One trip to TikTok and back, bound to one browser. The outcome stays readable to that browser until it expires. */
export const oauthStates = pgTable(
  'oauth_states',
  {
    stateHash: bytea('state_hash').primaryKey(),
    browserHash: bytea('browser_hash').notNull(),
    linkHash: bytea('link_hash')
      .notNull()
      .references(() => connectLinks.tokenHash, { onDelete: 'cascade' }),
    storeCode: storeReference(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    outcome: text('outcome'),
  },
  (t) => [
    index('oauth_states_by_browser').on(t.browserHash, t.createdAt),
    index('oauth_states_by_link').on(t.linkHash),
    index('oauth_states_by_store').on(t.storeCode),
    index('oauth_states_by_expiry').on(t.expiresAt),
  ],
);

/** The ledger: one row per store and expected local day, whether or not anybody could read it. */
export const storeDays = pgTable(
  'store_days',
  {
    storeCode: storeReference(),
    snapshotDate: day('snapshot_date').notNull(),
    state: text('state', { enum: dayStates }).notNull().default('pending'),
    reason: text('reason'),
    jobId: uuid('job_id'),
    /** From when the planner may try this day again after a job that came to nothing; NULL: it need not. */
    retryAfter: instant('retry_after'),
    capturedAt: instant('captured_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.snapshotDate] }),
    index('store_days_by_date').on(t.snapshotDate, t.state),
    index('store_days_open').on(t.snapshotDate).where(sql`${t.state} in ('pending','running')`),
    index('store_days_to_enqueue')
      .on(t.snapshotDate, t.storeCode)
      .where(
        sql`${t.state} in ('pending','running','partial') and (${t.jobId} is null or ${t.retryAfter} is not null)`,
      ),
    check('store_days_state_known', sql`${t.state} in ('pending','running','complete','partial','late','missed')`),
  ],
);

/** Finds a fleet's rows of one day, which were written together: a few kilobytes, and next to nothing for who writes. */
const dayRanges = (name: string, column: PgColumn) =>
  index(name).using('brin', column).with({ autosummarize: true, pages_per_range: 32 });

/**
 * In partitions by month, as video_daily is: db/month-partitions.ts. Without a reference to stores: each new month's would
 * wait for all who write there. Who deletes a store deletes its numbers.
 */
export const userDaily = pgTable(
  'user_daily',
  {
    storeCode: text('store_code').notNull(),
    snapshotDate: day('snapshot_date').notNull(),
    followerCount: counter('follower_count'),
    followingCount: counter('following_count'),
    likesCount: counter('likes_count'),
    videoCount: counter('video_count'),
    capturedAt: instant('captured_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeCode, t.snapshotDate] }), dayRanges('user_daily_day_ranges', t.snapshotDate)],
);

/**
 * What a video is; what it counts stands in video_daily. Rewritten only when something changed, so nothing is kept
 * here that changes by itself: a cover image's address lives six hours, and when it was last seen video_daily knows.
 */
export const videos = pgTable(
  'videos',
  {
    storeCode: storeReference(),
    videoId: text('video_id').notNull(),
    title: text('title'),
    description: text('description'),
    postedAt: instant('posted_at'),
    durationSeconds: integer('duration_seconds'),
    width: integer('width'),
    height: integer('height'),
    shareUrl: text('share_url'),
    embedLink: text('embed_link'),
    firstSeenDate: day('first_seen_date').notNull(),
    /** What became of it, by domain/video-presence.ts, and since which local day; NULL: since it was first seen. */
    presence: text('presence', { enum: presences }).notNull().default('listed'),
    presenceSince: day('presence_since'),
    /** The local day video/query was asked for it; written only where a run could not ask for all that were missing. */
    askedOn: day('asked_on'),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.videoId] }),
    check('videos_presence_known', sql`${t.presence} in ('listed','unlisted','absent','gone')`),
  ],
);

/** Without a reference to videos: one statement writes both, and the check of each reading would lock its video's row. */
export const videoDaily = pgTable(
  'video_daily',
  {
    storeCode: text('store_code').notNull(),
    videoId: text('video_id').notNull(),
    snapshotDate: day('snapshot_date').notNull(),
    viewCount: counter('view_count'),
    likeCount: counter('like_count'),
    commentCount: counter('comment_count'),
    shareCount: counter('share_count'),
    capturedAt: instant('captured_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.videoId, t.snapshotDate] }),
    dayRanges('video_daily_day_ranges', t.snapshotDate),
  ],
);

/**
 * What a video had when it was so many days old, by the readings on both sides of that moment; only where no reading to come
 * can change it. Derived from video_daily, and kept when its days are deleted: a curve is then one look at a few rows.
 */
export const videoAges = pgTable(
  'video_ages',
  {
    storeCode: text('store_code').notNull(),
    videoId: text('video_id').notNull(),
    ageDays: smallint('age_days').notNull(),
    viewCount: counter('view_count'),
    likeCount: counter('like_count'),
    commentCount: counter('comment_count'),
    shareCount: counter('share_count'),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.videoId, t.ageDays] }),
    foreignKey({ columns: [t.storeCode, t.videoId], foreignColumns: [videos.storeCode, videos.videoId] }).onDelete(
      'cascade',
    ),
  ],
);

// Views, with the rules of domain/growth.ts: drizzle/0004_growth_views.sql has them with all their columns, and says of
// each what it is. Here are those that a query is about.

/** Of every day in the ledger, read or not. */
export const accountGrowth = pgView('account_growth', {
  storeCode: text('store_code').notNull(),
  snapshotDate: day('snapshot_date').notNull(),
  dayState: text('day_state', { enum: dayStates }).notNull(),
  capturedAt: instant('captured_at'),
}).existing();

/** Of every day in the ledger from the video's first reading to its last. */
export const videoGrowth = pgView('video_growth', {
  storeCode: text('store_code').notNull(),
  videoId: text('video_id').notNull(),
  snapshotDate: day('snapshot_date').notNull(),
  dayState: text('day_state', { enum: dayStates }).notNull(),
  capturedAt: instant('captured_at'),
}).existing();

/** One row per attempt of a job, opened before TikTok is asked and closed with what came of it. */
export const syncLogs = pgTable(
  'sync_logs',
  {
    id: uuid('id').notNull(),
    storeCode: storeReference(),
    snapshotDate: day('snapshot_date').notNull(),
    jobName: text('job_name').notNull(),
    jobId: uuid('job_id').notNull(),
    /** pg-boss's own count of deliveries: with job_id it names one delivery, so a dead one can be told from a live one. */
    delivery: integer('delivery').notNull(),
    attempt: integer('attempt').notNull(),
    trigger: text('trigger', { enum: ['schedule', 'catch_up', 'connect', 'manual'] }).notNull(),
    status: text('status', {
      enum: ['RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED', 'SKIPPED', 'NEED_RECONNECT'],
    }).notNull(),
    errorCode: text('error_code'),
    httpStatus: integer('http_status'),
    tiktokLogId: text('tiktok_log_id'),
    pages: integer('pages').notNull().default(0),
    videos: integer('videos').notNull().default(0),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    retryAt: instant('retry_at'),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.id] }),
    index('sync_logs_newest_first').on(t.startedAt.desc(), t.id.desc()),
    index('sync_logs_by_store').on(t.storeCode, t.startedAt.desc(), t.id.desc()),
    index('sync_logs_by_job').on(t.jobId, t.startedAt.desc()),
    index('sync_logs_running').on(t.storeCode).where(sql`${t.status} = 'RUNNING'`),
    check(
      'sync_logs_status_known',
      sql`${t.status} in ('RUNNING','SUCCESS','PARTIAL','FAILED','SKIPPED','NEED_RECONNECT')`,
    ),
    check('sync_logs_closed_with_time', sql`(${t.status} = 'RUNNING') = (${t.finishedAt} is null)`),
  ],
);

/** Keys are random and long, so one SHA-256 is enough to keep them at rest. The row `bootstrap` follows ADMIN_API_KEY. */
export const adminKeys = pgTable(
  'admin_keys',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    keyHash: bytea('key_hash').notNull(),
    /** What it may do, each including the one before. */
    scope: text('scope', { enum: ['read', 'operate', 'admin'] })
      .notNull()
      .default('admin'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    uniqueIndex('admin_keys_by_hash').on(t.keyHash),
    uniqueIndex('admin_keys_by_name').on(t.name),
    check('admin_keys_scope_known', sql`${t.scope} in ('read','operate','admin')`),
  ],
);

/**
 * What was answered to requests with an Idempotency-Key. `status` is NULL while one is under way; `body` is NULL where
 * nothing is kept, because it held a secret.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    adminKeyId: uuid('admin_key_id')
      .notNull()
      .references(() => adminKeys.id, { onDelete: 'cascade' }),
    /** Of the route and the key. */
    keyHash: bytea('key_hash').notNull(),
    /** Of address and body: the same key with others is refused. */
    requestHash: bytea('request_hash').notNull(),
    claimedAt: instant('claimed_at').notNull(),
    status: integer('status'),
    body: text('body'),
    location: text('location'),
    /** Whom the answer tells of: it goes with the store. */
    storeCode: text('store_code').references(() => stores.storeCode, { onDelete: 'cascade' }),
  },
  (t) => [
    primaryKey({ columns: [t.adminKeyId, t.keyHash] }),
    index('idempotency_keys_by_age').on(t.claimedAt),
    index('idempotency_keys_by_store').on(t.storeCode),
  ],
);

export const adminSessions = pgTable(
  'admin_sessions',
  {
    tokenHash: bytea('token_hash').primaryKey(),
    adminKeyId: uuid('admin_key_id')
      .notNull()
      .references(() => adminKeys.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('admin_sessions_by_key').on(t.adminKeyId), index('admin_sessions_by_expiry').on(t.expiresAt)],
);

/** Who changed what, and who was turned away. Written once, never changed; no reference, so that it outlives what it names. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: uuid('id').primaryKey(),
    at: instant('at').notNull(),
    /** NULL when nobody could be recognised. */
    actorKeyId: uuid('actor_key_id'),
    actorName: text('actor_name').notNull(),
    action: text('action').$type<AuditAction>().notNull(),
    storeCode: text('store_code'),
    /** What else it was done to: a job's id, a key's name. */
    target: text('target'),
    /** `OK`, or the error code it was refused with. */
    outcome: text('outcome').notNull(),
    /** The network address it came from. */
    client: text('client'),
  },
  (t) => [
    index('audit_log_newest_first').on(t.at.desc(), t.id.desc()),
    index('audit_log_by_store').on(t.storeCode, t.at.desc(), t.id.desc()),
    index('audit_log_of_strangers').on(t.at).where(sql`${t.actorName} = 'unknown'`),
  ],
);

/**
 * When the next request to a TikTok endpoint may leave: one row per endpoint, shared by all workers. `reserve_at` is from
 * when on no request of a person is ahead of its moment any more.
 */
export const requestBudgets = pgTable('request_budgets', {
  endpoint: text('endpoint').primaryKey(),
  nextAt: instant('next_at').notNull(),
  reserveAt: instant('reserve_at'),
});

/** Whether a TikTok endpoint answers at all: while `open`, nobody asks but one probe at a time. */
export const circuitBreakers = pgTable(
  'circuit_breakers',
  {
    endpoint: text('endpoint').primaryKey(),
    state: text('state', { enum: ['closed', 'open'] }).notNull(),
    openedAt: instant('opened_at'),
    /** From when the next probe may leave. */
    probeAt: instant('probe_at'),
    /** How many probes have failed since it opened. */
    failedProbes: integer('failed_probes').notNull().default(0),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [check('circuit_breakers_state_known', sql`${t.state} in ('closed','open')`)],
);

/** When somebody last began what all schedulers look for and one of them does: deleting what is past its time, and the like. */
export const sweeps = pgTable('sweeps', {
  name: text('name').primaryKey(),
  begunAt: instant('begun_at').notNull(),
});

/** One row per living process; each role stamps its own column only while it really works. */
export const heartbeats = pgTable('heartbeats', {
  processId: uuid('process_id').primaryKey(),
  roles: text('roles').array().notNull(),
  startedAt: instant('started_at').notNull(),
  seenAt: instant('seen_at').notNull(),
  workerSeenAt: instant('worker_seen_at'),
  schedulerSeenAt: instant('scheduler_seen_at'),
});

/**
 * What somebody is to be told of a store: one row per store, kind and channel, used again the next time. Open while it is
 * so; a `recovered`, and what it is the end of, until it is told. The text is made when it is sent, from what is so then.
 */
export const notices = pgTable(
  'notices',
  {
    storeCode: storeReference(),
    kind: text('kind', { enum: noticeKinds }).notNull(),
    channel: text('channel', { enum: noticeChannels }).notNull(),
    /** The local day at risk. */
    day: day('day'),
    openedAt: instant('opened_at').notNull(),
    closedAt: instant('closed_at'),
    /** The message that is to tell of it: its job's id, and the receiver's means to know a repetition. */
    messageId: uuid('message_id'),
    queuedAt: instant('queued_at'),
    /** While a message is on its way its matters are not closed: what was told is known before what is well again. */
    sendingUntil: instant('sending_until'),
    /** NULL again when it opens the next time. */
    toldAt: instant('told_at'),
    /** Outlives the matter, so that a store that comes and goes is not told of every time. */
    quietUntil: instant('quiet_until'),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.kind, t.channel] }),
    index('notices_open').on(t.channel, t.kind, t.storeCode).where(sql`${t.closedAt} is null`),
    index('notices_by_message').on(t.messageId).where(sql`${t.closedAt} is null`),
    check('notices_kind_known', sql`${t.kind} in ('needs_reconnect','token_ends','day_at_risk','recovered')`),
    check('notices_channel_known', sql`${t.channel} in ('webhook','email')`),
    check('notices_day_of_its_kind', sql`(${t.kind} = 'day_at_risk') = (${t.day} is not null)`),
  ],
);

/** Where programs want to be told. The secret is ciphertext (crypto/token-cipher): it signs, so it must be readable. */
export const webhooks = pgTable('webhooks', {
  id: uuid('id').primaryKey(),
  url: text('url').notNull(),
  events: text('events', { enum: feedEvents }).array().notNull(),
  enabled: boolean('enabled').notNull(),
  secretEncrypted: bytea('secret_encrypted').notNull(),
  createdAt: instant('created_at').notNull(),
  /** Since when it wants what it wants now: days that ended before are not told. */
  since: instant('since').notNull(),
  /** Since when nothing has arrived there; NULL: the last attempt was delivered, or there was none. */
  failingSince: instant('failing_since'),
});

/** What happened to a store, written in the transaction of what it tells, and only while somebody wants to know. */
export const events = pgTable(
  'events',
  {
    storeCode: storeReference(),
    id: uuid('id').notNull(),
    type: text('type', { enum: feedEvents }).notNull(),
    snapshotDate: day('snapshot_date'),
    /** As it is sent. */
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.id] }),
    uniqueIndex('events_day_closed_once').on(t.storeCode, t.snapshotDate).where(sql`${t.type} = 'day.closed'`),
    index('events_by_age').on(t.at, t.id),
    index('events_by_id').on(t.id),
    check(
      'events_type_known',
      sql`${t.type} in ('snapshot.completed','store.needs_reconnect','store.recovered','day.closed')`,
    ),
  ],
);

/** One row per event and webhook that is to have it. `job_id` is NULL until the scheduler has given it one. */
export const eventDeliveries = pgTable(
  'event_deliveries',
  {
    storeCode: text('store_code').notNull(),
    eventId: uuid('event_id').notNull(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    state: text('state', { enum: deliveryStates }).notNull().default('pending'),
    jobId: uuid('job_id'),
    attempts: integer('attempts').notNull().default(0),
    httpStatus: integer('http_status'),
    errorCode: text('error_code'),
    createdAt: instant('created_at').notNull(),
    lastAttemptAt: instant('last_attempt_at'),
  },
  (t) => [
    primaryKey({ columns: [t.storeCode, t.eventId, t.webhookId] }),
    foreignKey({ columns: [t.storeCode, t.eventId], foreignColumns: [events.storeCode, events.id] }).onDelete(
      'cascade',
    ),
    index('event_deliveries_newest_first').on(t.webhookId, t.createdAt.desc(), t.eventId.desc()),
    index('event_deliveries_to_queue').on(t.createdAt).where(sql`${t.state} = 'pending' and ${t.jobId} is null`),
    check('event_deliveries_state_known', sql`${t.state} in ('pending','delivered','failed')`),
  ],
);

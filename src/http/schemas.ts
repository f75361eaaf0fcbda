import { z } from '@hono/zod-openapi';
import { adminScopes } from '../domain/admin-scope.ts';
import { auditActions } from '../domain/audit-action.ts';
import { dayStates } from '../domain/day-state.ts';
import { dayWaits } from '../domain/day-wait.ts';
import { exportSeries } from '../domain/export-series.ts';
import { growthQualities } from '../domain/growth.ts';
import { jobStates, syncTriggers } from '../domain/job-state.ts';
import { isTimezone, timezoneHint } from '../domain/snapshot-day.ts';
import { shownPresences } from '../domain/video-presence.ts';

const storeStatuses = ['PENDING', 'CONNECTED', 'NEED_RECONNECT', 'DISCONNECTED'] as const;
export const logStatuses = ['RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED', 'SKIPPED', 'NEED_RECONNECT'] as const;

export const instant = z.iso.datetime().openapi({ example: '2026-11-24T01:00:07.412Z' });
// PostgreSQL knows no year 0.
export const day = z.iso
  .date()
  .refine((text) => text >= '0001-01-01', 'must be in year 1 or later')
  .openapi({ example: '2026-11-24' });
const count = z.int().nonnegative().nullable().openapi({ description: 'null: TikTok did not say', example: 12840 });
export const uuid = z.uuid().openapi({ example: '0c4c9a58-7d3e-4f55-9f0d-0a8f6b1a2c3d' });
export const tally = (example: number) => z.int().openapi({ example });

/** `.` and `..` would be unreachable: every client takes them out of a path. */
export const storeCode = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -, and not . or ..')
  .openapi({ example: 'jkt-01' });
// PostgreSQL text holds no NUL, and no name needs a control character.
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point.
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
  .refine((text) => text.isWellFormed(), 'must be valid Unicode')
  .openapi({ example: 'Toko Melati Jakarta' });
const timezone = z.string().refine(isTimezone, timezoneHint).openapi({ example: 'Asia/Jakarta' });

export const storeParams = z.object({ store_code: storeCode });
export const jobParams = z.object({ id: uuid });
export const videoId = '7437123456789012345';
export const videoParams = storeParams.extend({
  video_id: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .openapi({ example: videoId }),
});

const wholeNumber = (min: number, max: number, preset: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)
    .default(preset)
    .openapi({ type: 'integer', minimum: min, maximum: max, default: preset });

export const pageQuery = z.object({
  limit: wholeNumber(1, 200, 50),
  cursor: z.string().max(500).optional().openapi({ description: '`next_cursor` of the page before' }),
});
export const dayRangeQuery = z.object({
  limit: wholeNumber(1, 1000, 400),
  cursor: pageQuery.shape.cursor,
  from: day.default('0001-01-01').openapi({ description: 'first day, included', example: '2026-11-01' }),
  to: day.default('9999-12-31').openapi({ description: 'last day, included', example: '2026-11-30' }),
});
export const format = z
  .enum(['json', 'csv'])
  .optional()
  .openapi({ description: 'default: what `Accept` asks for, else json; a file has every row, whatever the `limit`' });
export const growthQuery = dayRangeQuery.extend({ format });
const presence = z.enum(shownPresences).openapi({
  description: [
    'listed: in the last complete list it could be in, or missing there while TikTok has not said yet whether it knows its id',
    'unlisted: not in the list, but answered by id, for whatever reason',
    'absent: neither in a complete list nor answered by id, on one day so far',
    'gone: the same on a second, later day; not asked for again, its numbers are kept',
    'beyond_cap: older than what the last list showed before it was cut off, so nobody knows',
  ].join('; '),
  example: 'listed',
});
export const videosQuery = pageQuery.extend({ presence: presence.optional() });
export const storesQuery = pageQuery.extend({ status: z.enum(storeStatuses).optional() });
export const logsQuery = pageQuery.extend({ store_code: storeCode.optional(), status: z.enum(logStatuses).optional() });
export const auditQuery = pageQuery.extend({
  store_code: storeCode.optional(),
  action: z.enum(auditActions).optional(),
});
export const coverageQuery = pageQuery.extend({
  date: day.optional().openapi({ description: "default: today in the installation's own time zone" }),
  state: z.enum(dayStates).optional().openapi({ description: 'default: every store whose day is not complete' }),
});

export const exportParams = z.object({ series: z.enum(exportSeries).openapi({ example: 'user_daily' }) });
export const exportQuery = z.object({
  format: z.enum(['csv', 'ndjson']).default('csv'),
  store_code: storeCode.optional().openapi({ description: 'default: every store' }),
  from: day.optional().openapi({ description: 'first day, included; of series with a snapshot_date' }),
  to: day.optional().openapi({ description: 'last day, included' }),
  after: z.string().max(400).optional().openapi({
    description: 'the key of the last row you have, its parts joined by `/`: goes on behind it',
    example: '2026-11-24/jkt-01',
  }),
});
/** Of each part of a row's key, as it stands in `after`. */
export const exportKeyParts = { store_code: storeCode, snapshot_date: day, video_id: videoParams.shape.video_id };

export const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'null: this was the last page', example: 'WyJqa3QtMDEiXQ' });

/** Where a page ends: what came from us, so anything else is refused before it reaches the database. */
export const keyPosition = z.tuple([name]);
export const storePosition = z.tuple([storeCode]);
export const dayPosition = z.tuple([day]);
export const videoPosition = z.tuple([z.string().regex(/^[^\p{Cc}]{1,256}$/u)]);
export const logPosition = z.tuple([z.iso.datetime().refine((text) => text >= '0001'), z.uuid()]);

export const createStoreBody = z.strictObject({ store_code: storeCode, name, timezone: timezone.optional() });
export const updateStoreBody = z
  .strictObject({ name: name.optional(), timezone: timezone.optional(), paused: z.boolean().optional() })
  .refine((body) => Object.keys(body).length > 0, 'must change at least one of name, timezone, paused')
  .openapi({ example: { name: 'Toko Melati Jakarta', paused: false } });

export const adminKeyParams = z.object({ id: uuid });
export const createAdminKeyBody = z
  .strictObject({
    name,
    scope: z.enum(adminScopes),
    expires_in_days: z.int().min(1).max(3650).optional(),
    expires_at: instant.optional(),
  })
  .refine(
    (body) => body.expires_in_days === undefined || body.expires_at === undefined,
    'takes one of expires_in_days, expires_at',
  )
  .openapi({ example: { name: 'analyst', scope: 'read', expires_in_days: 90 } });

// Of TikTok's making: nothing is known of its form but that it is an identifier.
const openId = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters without spaces');
export const createErasureBody = z
  .strictObject({
    store_code: storeCode.optional(),
    open_id: openId.optional(),
    confirm: z.string().openapi({ description: 'the store_code or open_id again', example: 'jkt-01' }),
  })
  .refine(
    (body) => (body.store_code === undefined) !== (body.open_id === undefined),
    'takes one of store_code, open_id',
  )
  .refine((body) => body.confirm === (body.store_code ?? body.open_id), {
    path: ['confirm'],
    message: 'must be the store_code or open_id again: nothing was erased',
  });

export const errorBody = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'STORE_NOT_FOUND' }),
      message: z.string().openapi({ description: 'says what to do next' }),
    }),
  })
  .openapi('Error');

export const storeBody = z
  .object({
    store_code: storeCode,
    name: z.string().openapi({ example: 'Toko Melati Jakarta' }),
    timezone: z.string().openapi({ example: 'Asia/Jakarta' }),
    status: z.enum(storeStatuses).openapi({ example: 'CONNECTED' }),
    status_reason: z.string().nullable().openapi({ example: null }),
    paused: z.boolean().openapi({ example: false }),
    account: z
      .object({
        open_id: z.string().openapi({ example: '723f24d7-e717-40f8-a2b6-cb8464cd23b4' }),
        username: z.string().nullable().openapi({ example: 'tokomelati' }),
        display_name: z.string().nullable().openapi({ example: 'Toko Melati' }),
        avatar_url: z.string().nullable().openapi({
          description: "TikTok's own address; it expires",
          example: 'https://p16-sign.tiktokcdn-us.com/avatar.jpeg?x-expires=1764046800',
        }),
      })
      .nullable(),
    connected_at: instant.nullable(),
    last_synced_at: instant.nullable(),
    last_snapshot_date: day.nullable(),
    next_sync_at: instant.nullable().openapi({ example: '2026-11-24T18:00:00.000Z' }),
    job: z
      .object({ id: uuid, state: z.enum(jobStates) })
      .nullable()
      .openapi({ description: 'the one that waits or runs', example: null }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Store');

export const connectLinkBody = z
  .object({
    url: z.url().openapi({ example: 'https://harian.example/connect/Qx3vT8b2ZkN1yW5oJ7uLdA9sEfHgMc4iRp6tVqXzBwk' }),
    expires_at: instant.openapi({ example: '2026-11-27T01:00:07.412Z' }),
  })
  .openapi('ConnectLink');

export const acceptedJobBody = z
  .object({ job: z.object({ id: uuid, state: z.enum(jobStates) }) })
  .openapi('AcceptedJob');

export const jobBody = z
  .object({
    id: uuid,
    store_code: storeCode,
    snapshot_date: day,
    trigger: z.enum(syncTriggers).openapi({ example: 'manual' }),
    state: z.enum(jobStates).openapi({ example: 'active' }),
    attempt: tally(1),
    max_attempts: tally(8),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable().openapi({ example: null }),
    retry_at: instant.nullable().openapi({ example: null }),
    progress: z.object({ pages: tally(4), videos: tally(80) }).nullable(),
    error: z
      .object({ code: z.string(), http_status: z.int().nullable(), tiktok_log_id: z.string().nullable() })
      .nullable()
      .openapi({ example: null }),
  })
  .openapi('Job');

export const queueBody = z
  .object({
    queued: tally(240),
    deferred: tally(12),
    active: tally(8),
    retrying: tally(3),
    failed: z.int().openapi({ description: 'failed for good today', example: 1 }),
    completed_today: tally(736),
    oldest_queued_seconds: z.int().nullable().openapi({ example: 95 }),
    per_minute: z.number().openapi({ example: 41.5 }),
    eta_seconds: z.int().nullable().openapi({ description: 'null: nobody can tell', example: 380 }),
    breaker: z
      .object({ endpoint: z.string(), open_since: instant.nullable(), next_probe_at: instant.nullable() })
      .nullable()
      .openapi({
        description: 'set while TikTok does not answer: nobody asks it but one probe at a time',
        example: null,
      }),
  })
  .openapi('Queue');

export const syncLogBody = z
  .object({
    id: uuid,
    store_code: storeCode,
    snapshot_date: day,
    job_name: z.string().openapi({ example: 'sync-store' }),
    job_id: uuid,
    attempt: tally(2),
    trigger: z.enum(syncTriggers),
    status: z.enum(logStatuses).openapi({ example: 'FAILED' }),
    error_code: z.string().nullable().openapi({ example: 'rate_limit_exceeded' }),
    http_status: z.int().nullable().openapi({ example: 429 }),
    tiktok_log_id: z.string().nullable().openapi({ example: '202611240100073D1F4B5E6A7C8D9E0F12' }),
    pages: tally(4),
    videos: tally(80),
    started_at: instant,
    finished_at: instant.nullable(),
    retry_at: instant.nullable(),
  })
  .openapi('SyncLog');

export const coverageBody = z
  .object({
    date: day,
    expected: tally(1000).openapi({
      description: 'the six states add up to it; a day due and not planned yet is pending',
    }),
    complete: tally(973),
    partial: tally(6),
    late: tally(2),
    running: tally(8),
    pending: tally(10),
    missed: tally(1),
    waiting: z
      .object({
        worker: tally(2),
        running: tally(8),
        limit: tally(0),
        retry: tally(3),
        breaker: tally(0),
        owner: tally(4),
        pause: tally(1),
        admin: tally(0),
        local_time: tally(0),
      })
      .openapi({ description: 'what running and pending ones wait for; local_time: their day is still to come' }),
    forecast: z
      .object({ stores_left: tally(13), eta_at: instant.nullable() })
      .openapi({ description: 'without those that wait for a person; eta_at null: nobody can tell, or none is left' }),
    items: z.array(
      z.object({
        store_code: storeCode,
        state: z.enum(dayStates),
        reason: z.string().nullable().openapi({ example: 'NEED_RECONNECT' }),
        waits_for: z.enum(dayWaits).nullable().openapi({ example: 'owner' }),
        explanation: z.string().openapi({ example: 'The owner has to connect again.' }),
        captured_at: instant.nullable().openapi({ example: null }),
      }),
    ),
    next_cursor: nextCursor,
  })
  .openapi('Coverage');

export const userDailyBody = z
  .object({
    snapshot_date: day,
    follower_count: count,
    following_count: count.openapi({ example: 97 }),
    likes_count: count.openapi({ example: 310_422 }),
    video_count: count.openapi({ example: 182 }),
    captured_at: instant,
  })
  .openapi('AccountDay');

export const videoDailyBody = z
  .object({
    snapshot_date: day,
    view_count: count.openapi({ example: 48_210 }),
    like_count: count.openapi({ example: 3_905 }),
    comment_count: count.openapi({ example: 118 }),
    share_count: count.openapi({ example: 64 }),
    captured_at: instant,
  })
  .openapi('VideoDay');

export const growth = z
  .object({
    value: count.openapi({ description: 'lifetime total; null: the day was not read, or TikTok did not say' }),
    change: z.int().nullable().openapi({
      description: 'since the reading before, be it of yesterday or of weeks ago; null: no reading before, or no value',
    }),
    span_days: z.int().positive().nullable().openapi({ description: 'days between the two readings' }),
    per_day: z.number().nullable().openapi({ description: 'change / span_days, to 2 places' }),
    quality: z.enum(growthQualities).nullable().openapi({
      description:
        'how the change is to be taken, the first that fits: no reading before; the day was read in part; the total went down; the change of several days; read after midnight; from one day to the next',
    }),
  })
  .openapi('Growth', { example: { value: 130, change: 30, span_days: 2, per_day: 15, quality: 'gap' } });
const growthDay = z.object({
  snapshot_date: day,
  day_state: z.enum(dayStates),
  captured_at: instant.nullable().openapi({ description: 'when these numbers were read; null: they were not' }),
});
export const accountGrowthBody = growthDay
  .extend({ followers: growth, following: growth, likes: growth, videos: growth })
  .openapi('AccountGrowth');
export const videoGrowthBody = growthDay
  .extend({ views: growth, likes: growth, comments: growth, shares: growth })
  .openapi('VideoGrowth');

export const freshnessBody = z
  .object({
    captured_at: instant.nullable().openapi({ description: 'of the latest reading from `from` to `to`' }),
    next_sync_at: instant.nullable().openapi({ description: 'when the store is read next; null: not planned' }),
    missing_days: z.int().openapi({ description: 'expected days from `from` to `to` without a reading' }),
  })
  .openapi('Freshness');

export const videoBody = z
  .object({
    video_id: z.string().openapi({ example: videoId }),
    title: z.string().nullable().openapi({ example: 'Batik tulis, satu kain satu bulan' }),
    description: z.string().nullable().openapi({ example: 'Batik tulis, satu kain satu bulan #batik' }),
    posted_at: instant.nullable().openapi({ example: '2026-11-15T09:30:00.000Z' }),
    duration_seconds: z.int().nullable().openapi({ example: 34 }),
    width: z.int().nullable().openapi({ example: 1080 }),
    height: z.int().nullable().openapi({ example: 1920 }),
    share_url: z
      .string()
      .nullable()
      .openapi({ example: `https://www.tiktok.com/@tokomelati/video/${videoId}` }),
    embed_link: z
      .string()
      .nullable()
      .openapi({ example: `https://www.tiktok.com/player/v1/${videoId}` }),
    first_seen_date: day.openapi({ example: '2026-11-16' }),
    presence,
    presence_since: day.nullable().openapi({
      description: 'the local day it began; of gone: on which it was first absent; null: not known (beyond_cap)',
    }),
    latest: videoDailyBody.openapi({ description: 'its last reading: by the list, or by id' }),
  })
  .openapi('Video');

export const adminKeyBody = z
  .object({
    id: uuid,
    name: z.string().openapi({ example: 'analyst' }),
    scope: z.enum(adminScopes),
    created_at: instant,
    expires_at: instant.nullable().openapi({ example: '2027-02-22T01:00:07.412Z' }),
    last_used_at: instant.nullable().openapi({ description: 'to the minute' }),
    revoked_at: instant.nullable().openapi({ example: null }),
  })
  .openapi('AdminKey');

export const newAdminKeyBody = adminKeyBody
  .extend({ key: z.string().openapi({ example: 'hrn_k2VnT8b2ZkN1yW5oJ7uLdA9sEfHgMc4iRp6tVqXzBwk' }) })
  .openapi('NewAdminKey');

export const auditBody = z
  .object({
    id: uuid,
    at: instant,
    actor: z.object({
      key_id: uuid.nullable().openapi({ description: 'null: not an admin' }),
      name: z
        .string()
        .openapi({ description: 'of the key, or owner, tiktok, cli, environment, unknown', example: 'analyst' }),
    }),
    action: z.enum(auditActions).openapi({ example: 'store.resync' }),
    store_code: z.string().nullable().openapi({ example: 'jkt-01' }),
    target: z.string().nullable().openapi({ example: null }),
    outcome: z.string().openapi({ description: 'OK, or the code it was refused with', example: 'OK' }),
    client: z.string().nullable().openapi({ description: 'network address', example: '203.0.113.7' }),
  })
  .openapi('AuditRow');

const tableCount = z.int().positive();
export const erasureBody = z
  .object({
    id: uuid.openapi({ description: 'the one row left in the audit log has it too' }),
    erased_at: instant,
    store_code: z.string().nullable().openapi({ example: 'jkt-01' }),
    open_id: z.string().nullable().openapi({ example: null }),
    stores: z.array(z.string()).openapi({ description: 'removed, or emptied of the account', example: ['jkt-01'] }),
    rows: z
      .record(z.string(), tableCount)
      .openapi({ description: 'deleted, by table', example: { stores: 1, user_daily: 365 } }),
    audit_rows_stripped: z
      .int()
      .openapi({ description: 'rows of the audit log that no longer say whom they were about', example: 12 }),
    spool_files: z.int().openapi({ description: 'of this machine', example: 0 }),
    revoked_at_tiktok: z.boolean().nullable().openapi({ description: 'null: there was no token', example: true }),
    search: z
      .object({
        columns: z.int().openapi({ description: 'every one that can hold a text', example: 120 }),
        found: z.array(z.object({ table: z.string(), column: z.string(), rows: tableCount })).openapi({ example: [] }),
      })
      .nullable()
      .openapi({ description: 'for the names and ids, afterwards; null: not in time, ask again by npm run erase' }),
  })
  .openapi('Erasure');

export const readinessBody = z
  .object({
    ready: z.boolean(),
    checks: z
      .record(z.string(), z.enum(['ok', 'failing']))
      .openapi({ example: { database: 'ok', api: 'ok', worker: 'ok', scheduler: 'ok' } }),
    fleet: z
      .object({ workers: tally(2), schedulers: tally(1) })
      .nullable()
      .openapi({ description: 'other live processes with that role; null: the database cannot tell' }),
    coverage: coverageBody
      .omit({ items: true, next_cursor: true })
      .extend({ overdue: z.int().openapi({ description: 'due for an hour or more, and unread', example: 0 }) })
      .nullable(),
  })
  .openapi('Readiness');

/** A page of anything. */
export const pageBody = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: nextCursor });

/** A page of days that grew. */
export const growthPageBody = <T extends z.ZodType>(item: T) => pageBody(item).extend({ freshness: freshnessBody });

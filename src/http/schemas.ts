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

const instant = z.iso.datetime().openapi({ example: '2026-11-24T01:00:07.412Z' });
// PostgreSQL knows no year 0.
const day = z.iso
  .date()
  .refine((text) => text >= '0001-01-01', 'must be in year 1 or later')
  .openapi({ example: '2026-11-24' });
const count = z.int().nonnegative().nullable().openapi({ description: 'null: TikTok did not say', example: 12840 });

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
export const jobParams = z.object({ id: z.uuid() });
export const videoParams = storeParams.extend({
  video_id: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .openapi({ example: '7437123456789012345' }),
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
  from: day.default('0001-01-01').openapi({ description: 'first day, included' }),
  to: day.default('9999-12-31').openapi({ description: 'last day, included' }),
});
export const growthQuery = dayRangeQuery.extend({
  format: z
    .enum(['json', 'csv'])
    .optional()
    .openapi({ description: 'default: what `Accept` asks for, else json; a file has every day, whatever the `limit`' }),
});
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

/** Where a page ends: what came from us, so anything else is refused before it reaches the database. */
export const keyPosition = z.tuple([name]);
export const storePosition = z.tuple([storeCode]);
export const dayPosition = z.tuple([day]);
export const videoPosition = z.tuple([z.string().regex(/^[^\p{Cc}]{1,256}$/u)]);
export const logPosition = z.tuple([z.iso.datetime().refine((text) => text >= '0001'), z.uuid()]);

export const createStoreBody = z.strictObject({ store_code: storeCode, name, timezone: timezone.optional() });
export const updateStoreBody = z
  .strictObject({ name: name.optional(), timezone: timezone.optional(), paused: z.boolean().optional() })
  .refine((body) => Object.keys(body).length > 0, 'must change at least one of name, timezone, paused');

export const adminKeyParams = z.object({ id: z.uuid() });
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
  );

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

export const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) }).openapi('Error', {
  example: { error: { code: 'STORE_NOT_FOUND', message: 'There is no store with this store_code.' } },
});

export const storeBody = z
  .object({
    store_code: storeCode,
    name: z.string(),
    timezone: z.string(),
    status: z.enum(storeStatuses),
    status_reason: z.string().nullable().openapi({ example: 'REVOKED' }),
    paused: z.boolean(),
    account: z
      .object({
        open_id: z.string(),
        username: z.string().nullable(),
        display_name: z.string().nullable(),
        avatar_url: z.string().nullable().openapi({ description: "TikTok's own address; it expires" }),
      })
      .nullable(),
    connected_at: instant.nullable(),
    last_synced_at: instant.nullable(),
    last_snapshot_date: day.nullable(),
    next_sync_at: instant.nullable(),
    job: z.object({ id: z.uuid(), state: z.enum(jobStates) }).nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Store');

export const connectLinkBody = z
  .object({ url: z.url().openapi({ example: 'https://harian.example/connect/…' }), expires_at: instant })
  .openapi('ConnectLink');

export const acceptedJobBody = z
  .object({ job: z.object({ id: z.uuid(), state: z.enum(jobStates) }) })
  .openapi('AcceptedJob');

export const jobBody = z
  .object({
    id: z.uuid(),
    store_code: storeCode,
    snapshot_date: day,
    trigger: z.enum(syncTriggers),
    state: z.enum(jobStates),
    attempt: z.int(),
    max_attempts: z.int(),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    retry_at: instant.nullable(),
    progress: z.object({ pages: z.int(), videos: z.int() }).nullable(),
    error: z
      .object({ code: z.string(), http_status: z.int().nullable(), tiktok_log_id: z.string().nullable() })
      .nullable(),
  })
  .openapi('Job');

export const queueBody = z
  .object({
    queued: z.int(),
    deferred: z.int(),
    active: z.int(),
    retrying: z.int(),
    failed: z.int().openapi({ description: 'failed for good today' }),
    completed_today: z.int(),
    oldest_queued_seconds: z.int().nullable(),
    per_minute: z.number(),
    eta_seconds: z.int().nullable().openapi({ description: 'null: nobody can tell' }),
    breaker: z
      .object({ endpoint: z.string(), open_since: instant.nullable(), next_probe_at: instant.nullable() })
      .nullable()
      .openapi({ description: 'set while TikTok does not answer: nobody asks it but one probe at a time' }),
  })
  .openapi('Queue');

export const syncLogBody = z
  .object({
    id: z.uuid(),
    store_code: storeCode,
    snapshot_date: day,
    job_name: z.string(),
    job_id: z.uuid(),
    attempt: z.int(),
    trigger: z.enum(syncTriggers),
    status: z.enum(logStatuses),
    error_code: z.string().nullable(),
    http_status: z.int().nullable(),
    tiktok_log_id: z.string().nullable(),
    pages: z.int(),
    videos: z.int(),
    started_at: instant,
    finished_at: instant.nullable(),
    retry_at: instant.nullable(),
  })
  .openapi('SyncLog');

export const coverageBody = z
  .object({
    date: day,
    expected: z.int().openapi({ description: 'the six states add up to it; a day due and not planned yet is pending' }),
    complete: z.int(),
    partial: z.int(),
    late: z.int(),
    running: z.int(),
    pending: z.int(),
    missed: z.int(),
    waiting: z
      .object({
        worker: z.int(),
        running: z.int(),
        limit: z.int(),
        retry: z.int(),
        breaker: z.int(),
        owner: z.int(),
        pause: z.int(),
        admin: z.int(),
        local_time: z.int(),
      })
      .openapi({ description: 'what running and pending ones wait for; local_time: their day is still to come' }),
    forecast: z
      .object({ stores_left: z.int(), eta_at: instant.nullable() })
      .openapi({ description: 'without those that wait for a person; eta_at null: nobody can tell, or none is left' }),
    items: z.array(
      z.object({
        store_code: storeCode,
        state: z.enum(dayStates),
        reason: z.string().nullable(),
        waits_for: z.enum(dayWaits).nullable(),
        explanation: z.string().openapi({ example: 'The owner has to connect again.' }),
        captured_at: instant.nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .openapi('Coverage');

export const userDailyBody = z
  .object({
    snapshot_date: day,
    follower_count: count,
    following_count: count,
    likes_count: count,
    video_count: count,
    captured_at: instant,
  })
  .openapi('AccountDay');

export const videoDailyBody = z
  .object({
    snapshot_date: day,
    view_count: count,
    like_count: count,
    comment_count: count,
    share_count: count,
    captured_at: instant,
  })
  .openapi('VideoDay');

const growth = z
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
    video_id: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    posted_at: instant.nullable(),
    duration_seconds: z.int().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    share_url: z.string().nullable(),
    embed_link: z.string().nullable(),
    first_seen_date: day,
    presence,
    presence_since: day.nullable().openapi({
      description: 'the local day it began; of gone: on which it was first absent; null: not known (beyond_cap)',
    }),
    latest: videoDailyBody.openapi({ description: 'its last reading: by the list, or by id' }),
  })
  .openapi('Video');

export const adminKeyBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scope: z.enum(adminScopes),
    created_at: instant,
    expires_at: instant.nullable(),
    last_used_at: instant.nullable().openapi({ description: 'to the minute' }),
    revoked_at: instant.nullable(),
  })
  .openapi('AdminKey');

export const newAdminKeyBody = adminKeyBody
  .extend({ key: z.string().openapi({ example: 'hrn_…' }) })
  .openapi('NewAdminKey');

export const auditBody = z
  .object({
    id: z.uuid(),
    at: instant,
    actor: z.object({
      key_id: z.uuid().nullable().openapi({ description: 'null: not an admin' }),
      name: z.string().openapi({ description: 'of the key, or owner, tiktok, cli, environment, unknown' }),
    }),
    action: z.enum(auditActions),
    store_code: z.string().nullable(),
    target: z.string().nullable(),
    outcome: z.string().openapi({ description: 'OK, or the code it was refused with', example: 'OK' }),
    client: z.string().nullable().openapi({ description: 'network address' }),
  })
  .openapi('AuditRow');

const tableCount = z.int().positive();
export const erasureBody = z
  .object({
    id: z.uuid().openapi({ description: 'the one row left in the audit log has it too' }),
    erased_at: instant,
    store_code: z.string().nullable(),
    open_id: z.string().nullable(),
    stores: z.array(z.string()).openapi({ description: 'removed, or emptied of the account' }),
    rows: z.record(z.string(), tableCount).openapi({ description: 'deleted, by table', example: { user_daily: 365 } }),
    audit_rows_stripped: z
      .int()
      .openapi({ description: 'rows of the audit log that no longer say whom they were about' }),
    spool_files: z.int().openapi({ description: 'of this machine' }),
    revoked_at_tiktok: z.boolean().nullable().openapi({ description: 'null: there was no token' }),
    search: z
      .object({
        columns: z.int().openapi({ description: 'every one that can hold a text' }),
        found: z.array(z.object({ table: z.string(), column: z.string(), rows: tableCount })),
      })
      .nullable()
      .openapi({ description: 'for the names and ids, afterwards; null: not in time, ask again by npm run erase' }),
  })
  .openapi('Erasure');

export const readinessBody = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.enum(['ok', 'failing'])),
    fleet: z
      .object({ workers: z.int(), schedulers: z.int() })
      .nullable()
      .openapi({ description: 'other live processes with that role; null: the database cannot tell' }),
    coverage: coverageBody
      .omit({ items: true, next_cursor: true })
      .extend({ overdue: z.int().openapi({ description: 'due for an hour or more, and unread' }) })
      .nullable(),
  })
  .openapi('Readiness');

/** A page of anything. */
export const pageBody = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** A page of days that grew. */
export const growthPageBody = <T extends z.ZodType>(item: T) => pageBody(item).extend({ freshness: freshnessBody });

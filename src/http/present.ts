import type { z } from '@hono/zod-openapi';
import type { Growth } from '../domain/growth.ts';
import type { getAudit } from '../services/audit.ts';
import type { Readiness } from '../services/check-readiness.ts';
import type { Erasure } from '../services/erase.ts';
import type { getAdminKeys } from '../services/manage-admin-keys.ts';
import type { getDeliveries, getWebhooks } from '../services/manage-webhooks.ts';
import type { Coverage, getDayStores } from '../services/read-coverage.ts';
import type { AccountGrowthDay, Freshness, VideoGrowthDay } from '../services/read-growth.ts';
import { type JobView, stateOf } from '../services/read-jobs.ts';
import type { getDaily, getVideoDaily, getVideos } from '../services/read-numbers.ts';
import type { QueueView } from '../services/read-queue.ts';
import type { StoreView } from '../services/read-stores.ts';
import type { getSyncLogs } from '../services/read-sync-logs.ts';
import type * as feedSchemas from './feed-schemas.ts';
import { explainDay } from './pages/explain-day.ts';
import type * as schemas from './schemas.ts';

// From our own shapes to the JSON that others rely on: snake_case, instants as ISO 8601 UTC.

type Row<List extends (...args: never[]) => Promise<readonly unknown[]>> = Awaited<ReturnType<List>>[number];

const iso = (instant: Date | null) => instant?.toISOString() ?? null;

export function presentStore(view: StoreView): z.infer<typeof schemas.storeBody> {
  const { store, account, job } = view;
  return {
    store_code: store.storeCode,
    name: store.name,
    timezone: store.timezone,
    status: store.status,
    status_reason: store.statusReason,
    paused: store.paused,
    account: account && {
      open_id: account.openId,
      username: account.username,
      display_name: account.displayName,
      avatar_url: account.avatarUrl,
    },
    connected_at: iso(store.connectedAt),
    last_synced_at: iso(store.lastSyncedAt),
    last_snapshot_date: store.lastSnapshotDate,
    next_sync_at: iso(view.nextSyncAt),
    job: job && { id: job.id, state: stateOf(job) },
    created_at: store.createdAt.toISOString(),
    updated_at: store.updatedAt.toISOString(),
  };
}

export function presentJob(job: JobView): z.infer<typeof schemas.jobBody> {
  return {
    id: job.id,
    store_code: job.storeCode,
    snapshot_date: job.snapshotDate,
    trigger: job.trigger,
    state: job.state,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    created_at: job.createdAt.toISOString(),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    retry_at: iso(job.retryAt),
    progress: job.progress,
    error: job.error && {
      code: job.error.code,
      http_status: job.error.httpStatus,
      tiktok_log_id: job.error.tiktokLogId,
    },
  };
}

export function presentQueue(queue: QueueView): z.infer<typeof schemas.queueBody> {
  return {
    queued: queue.queued,
    deferred: queue.deferred,
    active: queue.active,
    retrying: queue.retrying,
    failed: queue.failed,
    completed_today: queue.completedToday,
    oldest_queued_seconds: queue.oldestQueuedSeconds,
    per_minute: queue.perMinute,
    eta_seconds: queue.etaSeconds,
    breaker: queue.breaker && {
      endpoint: queue.breaker.endpoint,
      open_since: iso(queue.breaker.openedAt),
      next_probe_at: iso(queue.breaker.probeAt),
    },
  };
}

export function presentSyncLog(log: Row<typeof getSyncLogs>): z.infer<typeof schemas.syncLogBody> {
  return {
    id: log.id,
    store_code: log.storeCode,
    snapshot_date: log.snapshotDate,
    job_name: log.jobName,
    job_id: log.jobId,
    attempt: log.attempt,
    trigger: log.trigger,
    status: log.status,
    error_code: log.errorCode,
    http_status: log.httpStatus,
    tiktok_log_id: log.tiktokLogId,
    pages: log.pages,
    videos: log.videos,
    started_at: log.startedAt.toISOString(),
    finished_at: iso(log.finishedAt),
    retry_at: iso(log.retryAt),
  };
}

export function presentCoverage(coverage: Coverage) {
  const { waiting, forecast, unplanned: _, ...counts } = coverage;
  const { localTime, ...waits } = waiting;
  return {
    ...counts,
    waiting: { ...waits, local_time: localTime },
    forecast: { stores_left: forecast.storesLeft, eta_at: iso(forecast.etaAt) },
  };
}

export function presentReadiness({ coverage, ...rest }: Readiness): z.infer<typeof schemas.readinessBody> {
  return { ...rest, coverage: coverage && { ...presentCoverage(coverage), overdue: coverage.overdue } };
}

export const presentDayStore = (row: Row<typeof getDayStores>) => ({
  store_code: row.storeCode,
  state: row.state,
  reason: row.reason,
  waits_for: row.waitsFor,
  explanation: explainDay(row),
  captured_at: iso(row.capturedAt),
});

export const presentDay = (row: Row<typeof getDaily>): z.infer<typeof schemas.userDailyBody> => ({
  snapshot_date: row.snapshotDate,
  follower_count: row.followerCount,
  following_count: row.followingCount,
  likes_count: row.likesCount,
  video_count: row.videoCount,
  captured_at: row.capturedAt.toISOString(),
});

type VideoNumbers = Pick<
  Row<typeof getVideoDaily>,
  'snapshotDate' | 'viewCount' | 'likeCount' | 'commentCount' | 'shareCount' | 'capturedAt'
>;

export const presentVideoDay = (row: VideoNumbers): z.infer<typeof schemas.videoDailyBody> => ({
  snapshot_date: row.snapshotDate,
  view_count: row.viewCount,
  like_count: row.likeCount,
  comment_count: row.commentCount,
  share_count: row.shareCount,
  captured_at: row.capturedAt.toISOString(),
});

export const presentGrowth = ({ value, change, spanDays, perDay, quality }: Growth) => ({
  value,
  change,
  span_days: spanDays,
  per_day: perDay,
  quality,
});

const presentGrowthDay = (day: Pick<AccountGrowthDay, 'snapshotDate' | 'dayState' | 'capturedAt'>) => ({
  snapshot_date: day.snapshotDate,
  day_state: day.dayState,
  captured_at: iso(day.capturedAt),
});

export const presentAccountGrowth = (day: AccountGrowthDay): z.infer<typeof schemas.accountGrowthBody> => ({
  ...presentGrowthDay(day),
  followers: presentGrowth(day.followers),
  following: presentGrowth(day.following),
  likes: presentGrowth(day.likes),
  videos: presentGrowth(day.videos),
});

export const presentVideoGrowth = (day: VideoGrowthDay): z.infer<typeof schemas.videoGrowthBody> => ({
  ...presentGrowthDay(day),
  views: presentGrowth(day.views),
  likes: presentGrowth(day.likes),
  comments: presentGrowth(day.comments),
  shares: presentGrowth(day.shares),
});

export const presentFreshness = (freshness: Freshness): z.infer<typeof schemas.freshnessBody> => ({
  captured_at: iso(freshness.capturedAt),
  next_sync_at: iso(freshness.nextSyncAt),
  missing_days: freshness.missingDays,
});

export const presentVideo = ({
  video,
  latest,
  presence,
}: Row<typeof getVideos>): z.infer<typeof schemas.videoBody> => ({
  video_id: video.videoId,
  title: video.title,
  description: video.description,
  posted_at: iso(video.postedAt),
  duration_seconds: video.durationSeconds,
  width: video.width,
  height: video.height,
  share_url: video.shareUrl,
  embed_link: video.embedLink,
  first_seen_date: video.firstSeenDate,
  presence,
  // How far the list reached on which day is not kept.
  presence_since: presence === 'beyond_cap' ? null : (video.presenceSince ?? video.firstSeenDate),
  latest: presentVideoDay(latest),
});

export const presentAdminKey = (key: Row<typeof getAdminKeys>): z.infer<typeof schemas.adminKeyBody> => ({
  id: key.id,
  name: key.name,
  scope: key.scope,
  created_at: key.createdAt.toISOString(),
  expires_at: iso(key.expiresAt),
  last_used_at: iso(key.lastUsedAt),
  revoked_at: iso(key.revokedAt),
});

export const presentWebhook = (webhook: Row<typeof getWebhooks>): z.infer<typeof feedSchemas.webhookBody> => ({
  id: webhook.id,
  url: webhook.url,
  events: webhook.events,
  enabled: webhook.enabled,
  failing_since: iso(webhook.failingSince),
  created_at: webhook.createdAt.toISOString(),
});

export const presentDelivery = (delivery: Row<typeof getDeliveries>): z.infer<typeof feedSchemas.deliveryBody> => ({
  event_id: delivery.eventId,
  type: delivery.type,
  store_code: delivery.storeCode,
  snapshot_date: delivery.snapshotDate,
  state: delivery.state,
  attempts: delivery.attempts,
  http_status: delivery.httpStatus,
  error_code: delivery.errorCode,
  created_at: delivery.createdAt.toISOString(),
  last_attempt_at: iso(delivery.lastAttemptAt),
});

export const presentErasure = (erasure: Erasure): z.infer<typeof schemas.erasureBody> => ({
  id: erasure.id,
  erased_at: erasure.erasedAt.toISOString(),
  store_code: 'storeCode' in erasure.subject ? erasure.subject.storeCode : null,
  open_id: 'openId' in erasure.subject ? erasure.subject.openId : null,
  stores: erasure.storeCodes,
  rows: erasure.rows,
  audit_rows_stripped: erasure.auditRowsStripped,
  spool_files: erasure.spoolFiles,
  revoked_at_tiktok: erasure.revokedAtTikTok,
  search: erasure.search,
});

export const presentAuditRow = (row: Row<typeof getAudit>): z.infer<typeof schemas.auditBody> => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: { key_id: row.actorKeyId, name: row.actorName },
  action: row.action,
  store_code: row.storeCode,
  target: row.target,
  outcome: row.outcome,
  client: row.client,
});

import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';

/**
 * Makes rows of a backup true again, whose time has gone on without them. Pairs: the refresh token may have been spent
 * since, by the instance that was backed up, and only trying tells; what TikTok then refuses is `REFRESH_OUTCOME_UNKNOWN`.
 * Days, notices and deliveries: jobs are not restored, so nothing waits for one; what is still due is planned and told anew.
 */
export async function settleRestored(tx: Database): Promise<void> {
  await tx.execute(sql`
    update tiktok_accounts set refresh_state = 'OUTCOME_UNKNOWN', refresh_process_id = null
    where refresh_token_encrypted is not null`);
  await tx.execute(sql`
    update store_days set job_id = null, retry_after = null,
      state = case when state = 'running' then 'pending' else state end
    where state in ('pending', 'running') or (state = 'partial' and snapshot_date >= current_date - 1)`);
  await tx.execute(sql`
    update sync_logs set status = 'FAILED', error_code = 'WORKER_DIED', finished_at = started_at where status = 'RUNNING'`);
  await tx.execute(sql`
    update notices set message_id = null, queued_at = null, sending_until = null
    where closed_at is null and told_at is null`);
  await tx.execute(sql`update event_deliveries set job_id = null where state = 'pending'`);
}

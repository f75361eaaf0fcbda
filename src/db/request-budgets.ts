import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';

/**
 * Takes `count` requests from an endpoint's shared budget, spaced `intervalMs` apart so that no sliding minute can hold
 * more than it may. Returns how long the caller has to wait, in ms, before the first may leave: the database's clock counts.
 * Nobody waits for its disk: bookings that a crash of the server forgets are past by the time it is back.
 */
export async function takeRequests(
  db: Database,
  take: { endpoint: string; count: number; intervalMs: number },
): Promise<number> {
  const length = sql`make_interval(secs => ${(take.count * take.intervalMs) / 1000}::double precision)`;
  const result = await db.execute<{ wait_ms: number }>(sql`
    with lazily as (select set_config('synchronous_commit', 'off', true))
    insert into request_budgets as b (endpoint, next_at) select ${take.endpoint}, clock_timestamp() + ${length} from lazily
    on conflict (endpoint) do update set next_at = greatest(b.next_at, clock_timestamp()) + ${length}
    returning (extract(epoch from next_at - ${length} - clock_timestamp()) * 1000)::double precision as wait_ms`);
  return Math.max(0, result.rows[0]?.wait_ms ?? 0);
}

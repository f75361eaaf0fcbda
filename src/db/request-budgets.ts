import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { preparedOn } from './prepared.ts';

export interface RequestBooking {
  /** How long until an open breaker may be probed, negative when it may now; null when it is closed. */
  probeWaitMs: number | null;
  /** The database's clock when it booked, ms. */
  nowMs: number;
  /** Requests of the reserve, which may leave at once; each takes the next free moment from the routine. */
  reserved: number;
  /** Routine moments: `count` of them from `firstMs` on, an interval apart, on the database's clock. */
  firstMs: number;
  count: number;
}

interface Take {
  endpoint: string;
  /** Requests that somebody waits for, and others. */
  person: number;
  routine: number;
  /** A probe is booked although the breaker is open. */
  evenIfOpen: boolean;
  /** No moment before this is of use: how long the answer is on its way. */
  leadMs: number;
  /** As many more, when the next moment is not booked by others. */
  spare: number;
  intervalMs: number;
  reserveSize: number;
  reserveIntervalMs: number;
  horizonMs: number;
}

/**
 * Books as many of the wanted requests as begin within the horizon, for this process alone; fewer, or none, when the
 * others have booked up to there. Nothing is booked while the breaker is open. The database's clock counts, and nobody
 * waits for its disk: bookings that a crash of the server forgets are past by the time it is back.
 */
export async function bookRequests(db: Database, take: Take): Promise<RequestBooking> {
  for (;;) {
    const [booking] = await bookingStatementOf(db).execute({ ...take });
    if (booking) return booking;
    await db.execute(sql`
      insert into request_budgets (endpoint, next_at) values (${take.endpoint}, clock_timestamp()) on conflict do nothing`);
  }
}

/** It is run before every request to TikTok, and planning it costs three times as much as running it. */
const bookingStatementOf = preparedOn(prepareBooking);

/** The lock first, then the time: whoever waited for the row must not book with the time of before. */
function prepareBooking(db: Database) {
  const given = (name: keyof Take) => sql.placeholder(name);
  const ms = (name: keyof Take) => sql`${given(name)}::double precision`;
  const number = (name: keyof Take) => sql`${given(name)}::int`;
  const step = (name: string, statement: SQL) => db.$with(name, {}).as(statement);
  const plan = step(
    'plan',
    sql`
      select *, case when may then reservable else 0 end as reserved,
        case when may and first_ms <= now_ms + ${ms('horizonMs')} then least(
          ${number('person')} + ${number('routine')} - reservable + case when first_ms <= now_ms + ${ms('leadMs')} then ${number('spare')} else 0 end,
          floor((now_ms + ${ms('horizonMs')} - first_ms) / ${ms('intervalMs')} + 0.000001) + 1)::int else 0 end as taken
      from reserve`,
  );
  return db
    .with(
      step(
        'locked',
        sql`
          select extract(epoch from next_at) * 1000 as next_ms, extract(epoch from reserve_at) * 1000 as reserve_ms
          from request_budgets
          where endpoint = ${given('endpoint')} and (select set_config('synchronous_commit', 'off', true)) is not null
          for update`,
      ),
      step(
        'timed',
        sql`
          select next_ms::double precision, coalesce(reserve_ms, 0)::double precision as reserve_ms,
            (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms
          from locked`,
      ),
      step(
        'free',
        sql`
          select now_ms, next_ms, greatest(next_ms, now_ms + ${ms('leadMs')}) as first_ms, greatest(reserve_ms, now_ms) as reserve_ms,
            (select extract(epoch from probe_at - clock_timestamp()) * 1000 from circuit_breakers
              where endpoint = ${given('endpoint')} and state = 'open')::double precision as probe_wait_ms
          from timed`,
      ),
      step(
        'reserve',
        // Who is served at once by the routine lane leaves the reserve to others.
        sql`
          select *, probe_wait_ms is null or ${given('evenIfOpen')}::boolean as may,
            case when ${number('reserveSize')} = 0 then 0 else greatest(0, least(
              ${number('person')} - case when first_ms <= now_ms + ${ms('leadMs')} then 1 else 0 end,
              floor((now_ms - reserve_ms) / nullif(${ms('reserveIntervalMs')}, 0) + ${number('reserveSize')} + 0.000001)::int
            )) end as reservable
          from free`,
      ),
      plan,
      step(
        'booked',
        sql`
          update request_budgets b set
            next_at = to_timestamp((reserved * ${ms('intervalMs')} + case when taken = 0 then greatest(next_ms, now_ms)
              else first_ms + taken * ${ms('intervalMs')} end) / 1000),
            reserve_at = case when reserved = 0 then b.reserve_at
              else to_timestamp((plan.reserve_ms + reserved * ${ms('reserveIntervalMs')}) / 1000) end
          from plan where b.endpoint = ${given('endpoint')} and taken + reserved > 0`,
      ),
    )
    .select({
      probeWaitMs: sql<number | null>`probe_wait_ms`,
      nowMs: sql<number>`now_ms`,
      reserved: sql<number>`reserved`,
      firstMs: sql<number>`first_ms`,
      count: sql<number>`taken`,
    })
    .from(sql`plan`)
    .prepare('book_requests');
}

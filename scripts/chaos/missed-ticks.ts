import { compose } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { createLogger } from '../../src/logger.ts';
import { planDay } from '../../src/services/plan-day.ts';
import type { Experiment } from './experiment.ts';
import { findFreePort } from './rig.ts';

const localTime = '01:30';
const hourMs = 3_600_000;
/** A run that came to nothing is tried again after this. */
const restMs = hourMs / 2;
/** Zones with something odd, and where clocks change at odd times. */
const zones = [
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Pacific/Chatham',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Atlantic/Azores',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Asia/Jakarta',
  'Australia/Lord_Howe',
];
/** Samoa leaves a day out; clocks go forward, clocks go back. */
const starts = ['2011-12-24T00:00:00Z', '2026-03-03T00:00:00Z', '2026-10-21T00:00:00Z'];

/** What the clock on the wall shows, `YYYY-MM-DD HH:MM`, from Intl: the code under test reads Temporal. */
function createWallClock(timeZone: string): (instantMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (instantMs) => format.format(instantMs);
}

/** What happened in one look of the scheduler, as far as a store could see. */
interface Tick {
  atMs: number;
  /** Whether workers were there as well and read whatever wanted to be read. */
  read: boolean;
}

/** n days, split over the starts: two schedulers tick on a clock that runs, both and the workers fail for hours and days. */
export const missedTicks: Experiment = {
  name: 'missed-ticks',
  figure: 'one run per store and local day, every day in the ledger once, missed only when nobody could read it',
  quick: 36,
  full: 900,
  negative: 24,
  async run({ n, rig, random, say }) {
    const failures: string[] = [];
    const days = Math.max(1, Math.round(n / starts.length));
    let checked = 0;
    let missed = 0;
    for (const start of starts) {
      const databaseUrl = await rig.createDatabase();
      const config = parseConfig({
        ...rig.environment,
        DATABASE_URL: databaseUrl,
        ROLES: 'api',
        PORT: String(await findFreePort()),
        SYNC_LOCAL_TIME: localTime,
      });
      let nowMs = Date.parse(start);
      const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
      await using harian = closing(compose({ config, databaseUrl, logger, clock: { now: () => new Date(nowMs) } }));
      await harian.start();
      const { deps } = harian;
      for (const [index, zone] of zones.entries()) {
        await deps.db.execute(sql`
          insert into stores (store_code, name, timezone, status, connected_at)
          values (${`zone-${index}`}, ${zone}, ${zone}, 'CONNECTED', now())`);
      }
      const ticks: Tick[] = [];
      const endMs = nowMs + days * 24 * hourMs;
      let schedulerDownUntilMs = 0;
      // Whatever is drawn, days go by once that no scheduler sees begin or end.
      let longOutageMs = nowMs + (0.2 + 0.4 * random()) * days * 24 * hourMs;
      let workersDownUntilMs = 0;
      let restsUntilMs = 0;
      while (nowMs < endMs) {
        nowMs += (20 + random() * 70) * 60_000;
        if (random() < 0.01) schedulerDownUntilMs = nowMs + random() ** 2 * 60 * hourMs;
        if (nowMs > longOutageMs) [schedulerDownUntilMs, longOutageMs] = [nowMs + 60 * hourMs, Infinity];
        if (random() < 0.02) workersDownUntilMs = nowMs + random() ** 2 * 40 * hourMs;
        if (nowMs < schedulerDownUntilMs) continue;
        const works = nowMs >= workersDownUntilMs;
        const fails = random() < 0.15;
        await Promise.all([planDay(deps, 'schedule'), planDay(deps, 'schedule')]);
        if (works) await work(deps.db, nowMs, fails);
        // What failed just before rests for a while, so this look may not have been its chance.
        ticks.push({ atMs: nowMs, read: works && !fails && nowMs >= restsUntilMs });
        if (works && fails) restsUntilMs = nowMs + restMs;
      }
      nowMs = endMs + hourMs;
      await planDay(deps, 'schedule');
      ticks.push({ atMs: nowMs, read: false });
      for (const [index, zone] of zones.entries()) {
        const result = judge(await ledgerOf(deps.db, `zone-${index}`), ticks, zone);
        checked += result.checked;
        missed += result.missed;
        failures.push(...result.wrong.map((what) => `${zone}: ${what}`));
      }
      say(`${start.slice(0, 7)}: ${ticks.length} ticks`);
    }
    return { n: checked, failures, measured: [`${missed} days missed by an outage`, `${zones.length} zones`] };
  },
  defects: [
    {
      name: 'days of a downtime are left out of the ledger',
      file: 'src/db/store-days.ts',
      find: 'from due cross join lateral generate_series(0, coalesce(',
      replace: 'from due cross join lateral generate_series(0, 0 * coalesce(',
    },
    {
      name: 'a day that a zone never had is missed',
      file: 'src/db/store-days.ts',
      find: 'skipped.timezone = due.timezone and skipped.day = due.day - gap.days',
      replace: 'false',
    },
    {
      name: 'a day is planned before its time',
      file: 'src/services/plan-day.ts',
      find: 'today.filter(({ timezone }) => dueDay(now, timezone, localTime) !== null)',
      replace: 'today.filter(({ timezone }) => dueDay(now, timezone, localTime) !== null || true)',
    },
    {
      name: 'a day whose run came to nothing is given up',
      file: 'src/db/store-days.ts',
      find: 'and (d.job_id is null or d.retry_after is not null)',
      replace: 'and d.job_id is null',
    },
    {
      name: 'a day that is over stays open',
      file: 'src/db/store-days.ts',
      find: "where d.snapshot_date < zone.day and d.state in ('pending', 'running')",
      replace: "where d.snapshot_date < zone.day - 30 and d.state in ('pending', 'running')",
    },
  ],
};

function closing<T extends { close(): Promise<void> }>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: () => resource.close() });
}

/** Stands for the workers: every waiting job reads its day, or fails. Its output notes when, on the moving clock. */
async function work(db: Database, nowMs: number, fails: boolean): Promise<void> {
  const now = new Date(nowMs).toISOString();
  await db.execute(sql`
    with done as (
      update pgboss.job set state = ${fails ? 'failed' : 'completed'}::pgboss.job_state,
        output = jsonb_build_object('at', ${now}::text)
      where name = 'sync-store' and state = 'created'
      returning id, singleton_key, (data->>'snapshot_date')::date as day
    )
    update store_days d set
      state = ${fails ? 'pending' : 'complete'},
      retry_after = ${fails ? new Date(nowMs + restMs).toISOString() : null}::timestamptz
    from done where d.store_code = done.singleton_key and d.snapshot_date = done.day`);
}

interface LedgerDay {
  day: string;
  state: string;
  reason: string | null;
  /** When each of its jobs was completed. */
  readAt: string[];
}

async function ledgerOf(db: Database, storeCode: string): Promise<LedgerDay[]> {
  const result = await db.execute<LedgerDay & Record<string, unknown>>(sql`
    select d.snapshot_date::text as day, d.state, d.reason, coalesce((
      select jsonb_agg(j.output->>'at') from pgboss.job j
      where j.name = 'sync-store' and j.state = 'completed' and j.singleton_key = d.store_code
        and j.data->>'snapshot_date' = d.snapshot_date::text), '[]') as "readAt"
    from store_days d where d.store_code = ${storeCode} order by 1`);
  return result.rows;
}

/** The store's days as they must be, from the wall clock and the ticks alone. */
function judge(ledger: readonly LedgerDay[], ticks: readonly Tick[], zone: string) {
  const wallClock = createWallClock(zone);
  const seen = ticks.map((tick) => {
    const [day = '', time = ''] = wallClock(tick.atMs).split(' ');
    return { ...tick, day, due: time >= localTime };
  });
  const firstDay = seen.find(({ due }) => due)?.day ?? '9999';
  const last = seen.at(-1) ?? { day: '', due: false };
  const expected = new Set<string>();
  // Every local day there was: the wall clock is asked often enough to miss none.
  for (let atMs = ticks[0]?.atMs ?? 0; atMs <= (ticks.at(-1)?.atMs ?? 0); atMs += hourMs / 2) {
    const day = wallClock(atMs).slice(0, 10);
    if (day >= firstDay && (day < last.day || last.due)) expected.add(day);
  }
  const wrong: string[] = [];
  let missed = 0;
  for (const day of expected) {
    const found = ledger.find((row) => row.day === day);
    if (!found) {
      wrong.push(`${day} is not in the ledger`);
      continue;
    }
    const chances = seen.filter((tick) => tick.day === day && tick.due && tick.read);
    const planned = seen.some((tick) => tick.day === day && tick.due);
    if (found.state === 'complete') {
      if (found.readAt.length !== 1) wrong.push(`${day} was read ${found.readAt.length} times`);
      const readMs = Date.parse(found.readAt[0] ?? '');
      const read = wallClock(readMs);
      // Clocks that go back show an hour twice: a day once due stays due.
      const shown = [0, 1, 2, 3, 4].map((halfHours) => wallClock(readMs - (halfHours * hourMs) / 2));
      const wasDue = shown.some((moment) => moment.startsWith(day) && moment >= `${day} ${localTime}`);
      if (!read.startsWith(day) || !wasDue) wrong.push(`${day} was read at ${read}`);
    } else if (day < last.day) {
      missed += 1;
      if (found.state !== 'missed') wrong.push(`${day} is over and still ${found.state}`);
      if (chances.length > 0) wrong.push(`${day} is missed, though it could be read ${chances.length} times`);
      const reason = planned ? 'NOT_READ_IN_TIME' : 'NOT_PLANNED';
      if (found.reason !== reason) wrong.push(`${day} is missed because of ${found.reason}, not ${reason}`);
    }
  }
  for (const row of ledger) if (!expected.has(row.day)) wrong.push(`${row.day} is in the ledger and never was`);
  return { checked: expected.size, missed, wrong };
}

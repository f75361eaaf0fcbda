import { Gauge, type Registry } from 'prom-client';
import { dayStates } from '../domain/day-state.ts';
import type { Fleet } from '../services/read-fleet.ts';

const statuses = ['PENDING', 'CONNECTED', 'NEED_RECONNECT', 'DISCONNECTED'] as const;
const budgeted = ['user/info', 'video/list', 'video/query'] as const;

/**
 * What is so of the whole installation: every process says the same. Returns how to show it; null, when nobody could
 * tell, takes all of it away, for what was so before need not be so now.
 */
export function createFleetMetrics(registry: Registry): (fleet: Fleet | null) => void {
  const takeAway: (() => void)[] = [];
  const gauge = (name: string, help: string, ...labelNames: string[]) => {
    const made = new Gauge({ name: `harian_${name}`, help, labelNames, registers: [registry] });
    // Without labels a reset leaves 0 behind, and that would be a number.
    takeAway.push(labelNames.length === 0 ? () => made.remove() : () => made.reset());
    return made;
  };
  const readable = gauge('fleet_readable', 'Whether the database told what the other metrics of the fleet say');
  const jobs = gauge('queue_jobs', 'Sync jobs that wait or run', 'state');
  const jobsToday = gauge('queue_jobs_ended_today', 'Sync jobs that ended today, with or without success', 'outcome');
  const oldest = gauge('queue_oldest_seconds', 'How long the oldest job has waited for a worker; 0: none waits');
  const eta = gauge('queue_eta_seconds', 'When the queue is empty at the present pace; missing: nobody can tell');
  const days = gauge(
    'coverage_stores',
    'Stores by the state of their day; all states add up to the expected ones',
    'day',
    'state',
  );
  const waiting = gauge('coverage_waiting', 'What the unread days of today wait for', 'for');
  const overdue = gauge('coverage_overdue', 'Days of today that were due an hour ago and are unread, whatever for');
  const missed = gauge(
    'coverage_missed',
    'Days of yesterday that nobody read: its owner or a pause, or harian itself',
    'cause',
  );
  const setAside = gauge('coverage_set_aside', 'Unread days whose job ended its worker three times');
  const stores = gauge('stores', 'Stores by status', 'status');
  const live = gauge('live_processes', 'Processes whose worker, or scheduler, really works', 'role');
  const breaker = gauge('breaker_open_seconds', 'Since when TikTok does not answer; 0: it does', 'endpoint');
  const limit = gauge('tiktok_limit_per_minute', 'Requests that TikTok allows, for each endpoint');
  const lately = gauge('tiktok_requests_last_minute', 'About how many were made, by all processes', 'endpoint');
  const booked = gauge('tiktok_booked_ahead_seconds', 'How far ahead the limit is booked by all', 'endpoint');
  const tokens = gauge('tokens_ending', 'Connected stores whose refresh token ends within that time', 'within');
  const firstEnd = gauge('token_first_end_seconds', 'Until the first refresh token ends; missing: there is none');
  const inDoubt = gauge(
    'tokens_in_doubt',
    'Stores whose last refresh got no readable answer: their token may be spent',
  );
  const pending = gauge('webhook_deliveries_pending', 'Events of the change feed that are still to be delivered');
  const failing = gauge('webhook_failing_seconds', 'Since when nothing arrives at some webhook; 0: all work');
  const months = gauge('months_ahead_days', 'For how many days to come there is a place for numbers');

  return (fleet) => {
    for (const clear of takeAway) clear();
    readable.set(fleet === null ? 0 : 1);
    if (fleet === null) return;
    const { queue, coverage } = fleet;
    for (const state of ['queued', 'deferred', 'active', 'retrying'] as const) jobs.set({ state }, queue[state]);
    jobsToday.set({ outcome: 'completed' }, queue.completedToday);
    jobsToday.set({ outcome: 'failed' }, queue.failed);
    oldest.set(queue.oldestQueuedSeconds ?? 0);
    if (queue.etaSeconds !== null) eta.set(queue.etaSeconds);
    for (const state of dayStates) {
      days.set({ day: 'today', state }, coverage[state]);
      days.set({ day: 'yesterday', state }, fleet.days.get(state) ?? 0);
    }
    for (const [what, count] of Object.entries(coverage.waiting)) {
      waiting.set({ for: what === 'localTime' ? 'local_time' : what }, count);
    }
    overdue.set(fleet.overdue);
    for (const cause of ['owner', 'harian']) missed.set({ cause }, fleet.missed.get(cause) ?? 0);
    setAside.set(fleet.setAside);
    for (const status of statuses) stores.set({ status }, fleet.stores.get(status) ?? 0);
    live.set({ role: 'worker' }, fleet.fleet.workers);
    live.set({ role: 'scheduler' }, fleet.fleet.schedulers);
    for (const endpoint of [...budgeted, 'token'])
      breaker.set({ endpoint }, fleet.breakerOpenSeconds.get(endpoint) ?? 0);
    limit.set(fleet.requestsPerMinute);
    for (const { endpoint, count } of fleet.requests) lately.set({ endpoint }, count);
    for (const endpoint of budgeted) booked.set({ endpoint }, fleet.bookedAheadSeconds.get(endpoint) ?? 0);
    tokens.set({ within: '7d' }, fleet.tokens.within7Days);
    tokens.set({ within: '30d' }, fleet.tokens.within30Days);
    if (fleet.tokens.firstEndsSeconds !== null) firstEnd.set(fleet.tokens.firstEndsSeconds);
    inDoubt.set(fleet.refreshesInDoubt);
    pending.set(fleet.deliveriesPending);
    failing.set(fleet.webhookFailingSeconds);
    months.set(fleet.monthsAheadDays);
  };
}

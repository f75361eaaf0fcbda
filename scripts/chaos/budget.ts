import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Child, forkChild } from '../rig/child.ts';
import type { Experiment } from './experiment.ts';
import { percentile } from './random.ts';

const requestsPerMinute = 600;
const windowMs = 60_000;
const processes = 4;
const callersEach = 16;
const personEveryMs = 1_000;
/** Without a lane of its own a person waits behind 64 callers, which takes over six seconds. */
const personAtOnceMs = 1_500;

const answer = z.object({ waitsMs: z.array(z.number()), refused: z.number() });

/** The most instants within any half-open window. */
export function mostWithin(instants: readonly number[], spanMs: number): number {
  let first = 0;
  let most = 0;
  for (const [index, at] of instants.entries()) {
    while ((instants[first] ?? at) <= at - spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** n seconds of four processes that all want more than there is; one of them is killed on the way. */
export const budget: Experiment = {
  name: 'budget',
  figure: 'never above the limit in any minute, no 429, at least 95 % used, a person served at once',
  quick: 72,
  full: 600,
  negative: 66,
  async run({ n, rig, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const { simulator, url } = await rig.serveSimulator({ requestsPerMinute });
    const { journal, accounts, grant } = simulator.control;
    const { accessToken } = grant(accounts[0]?.openId ?? '');
    const failures: string[] = [];
    const load = async () => {
      const child = forkChild(new URL('./budget-process.ts', import.meta.url), signal);
      rig.cleanup.defer(() => child.end());
      await child.ask({});
      return child;
    };
    const loaded = await Promise.all(Array.from({ length: processes + 1 }, load));
    const endsAtMs = Date.now() + n * 1000;
    const start = (child: Child, person: boolean) => {
      const order = { databaseUrl, simulatorUrl: url, requestsPerMinute, accessToken, callers: callersEach, endsAtMs };
      const done = child.ask({ ...order, personEveryMs: person ? personEveryMs : null });
      // Whoever is killed answers nothing.
      return { pid: child.pid, done: done.then((value) => answer.parse(value)).catch(() => null) };
    };
    const [spare, ...others] = loaded;
    const children = others.map((child, index) => start(child, index === 0));

    const arrivals = () => journal.entries().map((entry) => Date.parse(entry.at));
    let killed = false;
    while (Date.now() < endsAtMs) {
      await sleep(1000, undefined, { signal });
      if (!killed && Date.now() > endsAtMs - (n * 1000) / 2) {
        killed = true;
        const [, victim] = children;
        if (victim) process.kill(victim.pid, 'SIGKILL');
        if (spare) children.push(start(spare, false));
      }
      const most = mostWithin(arrivals(), windowMs);
      if (most > requestsPerMinute) {
        failures.push(`${most} requests within a minute, ${requestsPerMinute} are allowed`);
        break;
      }
    }
    if (failures.length > 0) return { n: arrivals().length, failures, measured: [] };
    const answers = (await Promise.all(children.map((child) => child.done))).filter((one) => one !== null);
    const refused = journal.entries().filter((entry) => entry.status === 429).length;
    if (refused > 0) failures.push(`${refused} requests were answered 429`);
    if (answers.some((one) => one.refused > refused)) failures.push('a request failed for another reason');

    const all = arrivals();
    const [first = 0] = all;
    // From when all of them are there.
    const counted = all.filter((at) => at > first + 5_000 && at <= endsAtMs - 1_000);
    const minutes = (endsAtMs - 1_000 - first - 5_000) / windowMs;
    const used = counted.length / (requestsPerMinute * minutes);
    if (used < 0.95) failures.push(`only ${(used * 100).toFixed(1)} % of the limit were used while work waited`);
    const waitsMs = answers.flatMap((one) => one.waitsMs);
    const worst = Math.max(...waitsMs);
    if (waitsMs.length === 0) failures.push('no person was served');
    if (worst > personAtOnceMs) failures.push(`a person waited ${Math.round(worst)} ms`);
    say(`${all.length} requests`);
    return {
      n: all.length,
      failures,
      measured: [
        `most within 60 s: ${mostWithin(all, windowMs)} of ${requestsPerMinute}`,
        `used: ${(used * 100).toFixed(1)} %`,
        `person p50 ${Math.round(percentile(waitsMs, 0.5))} ms, worst ${Math.round(worst)} ms`,
      ],
    };
  },
  defects: [
    {
      name: 'each process has a budget of its own',
      file: 'src/services/request-budget.ts',
      find: '{ ...wanted, ...pace, endpoint, leadMs }',
      replace: '{ ...wanted, ...pace, endpoint: endpoint + performance.timeOrigin, leadMs }',
    },
    {
      name: 'requests leave a little too fast',
      file: 'src/domain/request-pace.ts',
      find: 'const intervalMs = countedMs / (limit - reserveSize);',
      replace: 'const intervalMs = windowMs / limit / 1.05;',
    },
    {
      name: 'a tenth of the limit lies idle',
      file: 'src/domain/request-pace.ts',
      find: 'const slackShare = 1 / 60;',
      replace: 'const slackShare = 1 / 9;',
    },
    {
      name: 'nobody pays for what a person took ahead of its moment',
      file: 'src/db/request-budgets.ts',
      find: 'next_at = to_timestamp((reserved *',
      replace: 'next_at = to_timestamp((0 *',
    },
    {
      name: 'a person waits in line with everybody',
      file: 'src/services/request-budget.ts',
      find: 'const visitor: Visitor = { lane: caller.lane, signal',
      replace: "const visitor: Visitor = { lane: 'routine', signal",
    },
  ],
};

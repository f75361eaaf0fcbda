import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Clock } from '../clock.ts';
import { displayError } from './answers.ts';
import type { Endpoint } from './endpoints.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { FaultyCall } from './faults.ts';
import type { Journal, Trace } from './journal.ts';
import type { RateLimit } from './rate-limit.ts';
import { pause, type Reply, type SimulatorEnv, sendReply } from './reply.ts';
import type { Settings } from './settings.ts';

/** One request as the endpoints see it. What they learn about it goes into `trace` and so into the journal. */
export interface Call {
  url: URL;
  authorization: string | undefined;
  contentType: string;
  body: string;
  now: Date;
  logId: string;
  trace: Trace;
}

/** `identify` fills the trace and changes nothing; `answer` does the work. */
export interface EndpointHandler {
  identify(call: Call): void;
  answer(call: Call, overlapVideos: number): Reply;
}

export interface ExchangeOptions {
  clock: Clock;
  settings: Settings;
  faults: FaultPlan;
  journal: Journal;
  rateLimit: RateLimit;
  closing: AbortSignal;
}

/** The way of every API request: read, limit, fault or work, journal, send. */
export function createExchange(options: ExchangeOptions) {
  const { clock, settings, faults, journal, rateLimit, closing } = options;

  return async function exchange(c: Context<SimulatorEnv>, endpoint: Endpoint, handler: EndpointHandler) {
    const call = await readCall(c, endpoint);
    handler.identify(call);
    const reply = await decide(call, endpoint, handler);
    journal.record(call.trace, reply, c.req.raw.signal.aborted);
    return sendReply(c, reply, closing);
  };

  async function readCall(c: Context<SimulatorEnv>, endpoint: Endpoint): Promise<Call> {
    const body = await c.req.text();
    if (settings.latencyMs > 0) await pause(settings.latencyMs, [closing]);
    const now = clock.now();
    const logId = newLogId(now);
    return {
      url: new URL(c.req.url),
      authorization: c.req.header('authorization'),
      contentType: (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
      body,
      now,
      logId,
      trace: newTrace(endpoint, now, logId),
    };
  }

  async function decide(call: Call, endpoint: Endpoint, handler: EndpointHandler): Promise<Reply> {
    const limited = endpoint !== 'token' && endpoint !== 'revoke';
    if (limited && !rateLimit.admit(endpoint, call.now.getTime(), settings.requestsPerMinute)) {
      call.trace.detail = 'over the limit';
      return displayError('rate_limit_exceeded', 'More requests than a minute allows', call.logId);
    }
    const faulty: FaultyCall = {
      endpoint,
      logId: call.logId,
      cursor: call.trace.cursor,
      nowMs: call.now.getTime(),
      proceed: async (change) => handler.answer(call, change?.overlapVideos ?? 0),
      sleep: (delayMs) => pause(delayMs, [closing]),
    };
    const taken = faults.take(faulty, call.trace.openId);
    if (!taken) return handler.answer(call, 0);
    call.trace.fault = taken.fault.kind;
    return taken.act(faulty, taken.fault);
  }
}

export type Exchange = ReturnType<typeof createExchange>;

export function newLogId(now: Date): string {
  return `${now.toISOString().replace(/\D/g, '')}${randomUUID().replaceAll('-', '').toUpperCase()}`;
}

export function newTrace(endpoint: Trace['endpoint'], now: Date, logId: string): Trace {
  const unknown = { openId: null, grantId: null, tokenHash: null, issuedHashes: null };
  return { at: now.toISOString(), endpoint, logId, ...unknown, detail: null, fault: null, cursor: null };
}

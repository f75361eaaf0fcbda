import { type Attributes, context, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { errorCodeOf } from './logger.ts';

// Where the time goes, from a tick or a request to every statement and every call of TikTok. Nobody is told anything
// unless start-tracing.ts has been. Spans carry what logs may, and nothing else: no path, query, text or message.

const tracer = trace.getTracer('harian');
const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
};

export interface SpanOptions {
  /** Who is on the other side: who asked, whom we ask, or whoever queued it. Else it is all ours. */
  kind?: keyof typeof kinds;
  /** What led to it, as `traceparentHere` gave it: of one that leads to very many, the trace is another one and says so. */
  cause?: { traceparent: string | null; isOfMany: boolean };
}

/** Does the work within a span. Of an error, which it passes on, the code is told. */
export function traced<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
  { kind = 'internal', cause }: SpanOptions = {},
): Promise<T> {
  const from = spanContextOf(cause?.traceparent ?? null);
  const isLink = from !== null && cause?.isOfMany === true;
  const options = { kind: kinds[kind], attributes, ...(isLink && { links: [{ context: from }], root: true }) };
  const parent = from === null || isLink ? context.active() : trace.setSpanContext(context.active(), from);
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      endWithError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

function endWithError(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorCodeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A statement within a span that is recorded; null outside of one, or when it is not asked for by name or text. */
export function startQuerySpan(query: unknown): { end(error?: unknown): void } | null {
  const here = trace.getActiveSpan();
  if (here?.isRecording() !== true) return null;
  const span = tracer.startSpan(nameOf(query), {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'postgresql' },
  });
  return {
    end(error) {
      if (error !== undefined) endWithError(span, error);
      span.end();
    },
  };
}

/** By what it is and what it is about: the first word, and the first table that it names. Never its text. */
function nameOf(query: unknown): string {
  const text = typeof query === 'string' ? query : String(Reflect.get(Object(query), 'text') ?? '');
  const verb = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'query';
  const table = /\b(?:from|into|update)\s+"?((?:pgboss\.)?[a-z_]+)"?/.exec(text)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}

/** Names the span we are in, for a job to carry along (W3C Trace Context); null when it is not recorded. */
export function traceparentHere(): string | null {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return null;
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

export const traceparentForm = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

function spanContextOf(traceparent: string | null) {
  const [, traceId, spanId] = traceparent?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

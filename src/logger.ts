const levels = { debug: 10, info: 20, warn: 30, error: 40, silent: 99 } as const;
export type LogLevel = keyof typeof levels;

/** The allow-list. A field that is not here cannot be logged: no message, no URL, no body, no header. */
export interface LogFields {
  store_code?: string | undefined;
  job_name?: string | undefined;
  job_id?: string | undefined;
  snapshot_date?: string | undefined;
  trigger?: string | undefined;
  status?: string | undefined;
  http_status?: number | null | undefined;
  error_code?: string | undefined;
  tiktok_log_id?: string | null | undefined;
  attempt?: number | undefined;
  count?: number | undefined;
  pages?: number | undefined;
  videos?: number | undefined;
  duration_ms?: number | undefined;
  retry_at?: string | undefined;
  method?: string | undefined;
  route?: string | undefined;
  endpoint?: string | undefined;
  role?: string | undefined;
  port?: number | undefined;
  signal?: string | undefined;
  action?: string | undefined;
  table?: string | undefined;
}

const allowed: Readonly<Record<keyof LogFields, true>> = {
  store_code: true,
  job_name: true,
  job_id: true,
  snapshot_date: true,
  trigger: true,
  status: true,
  http_status: true,
  error_code: true,
  tiktok_log_id: true,
  attempt: true,
  count: true,
  pages: true,
  videos: true,
  duration_ms: true,
  retry_at: true,
  method: true,
  route: true,
  endpoint: true,
  role: true,
  port: true,
  signal: true,
  action: true,
  table: true,
};

type LogLine = (event: string, fields?: LogFields) => void;

/** `event` is a fixed phrase from our code, never built from data. */
export interface Logger {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}

/** JSON lines, one object a line. What is outside the allow-list, or no plain value, is dropped even when a cast smuggled it in. */
export function createLogger(options: { level: LogLevel; write: (line: string) => void; now: () => Date }): Logger {
  const line =
    (level: Exclude<LogLevel, 'silent'>): LogLine =>
    (event, fields = {}) => {
      if (levels[level] < levels[options.level]) return;
      const safe = Object.entries(fields).filter(
        ([name, value]) => Object.hasOwn(allowed, name) && value !== undefined && Object(value) !== value,
      );
      options.write(
        `${JSON.stringify({ time: options.now().toISOString(), level, event, ...Object.fromEntries(safe) })}\n`,
      );
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** Errors of pg that have no code of their own. */
const pgErrors: readonly (readonly [RegExp, string])[] = [
  [/^Query read timeout/, 'QUERY_TIMEOUT'],
  [/^timeout exceeded when trying to connect|^timeout expired/, 'CONNECT_TIMEOUT'],
  [/^Connection terminated|connection error and is not queryable|^Client was closed/, 'CONNECTION_LOST'],
];

/** A short safe name of anything thrown: a known code or the class, never the message (it may carry bound values). */
export function errorCodeOf(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code: unknown = Reflect.get(cause, 'code');
    if (typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code)) return code;
    const { message } = cause;
    const known = pgErrors.find(([pattern]) => pattern.test(message));
    if (known) return known[1];
  }
  return error instanceof Error ? error.name : 'UNKNOWN';
}

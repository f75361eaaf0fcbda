import { z } from 'zod';
import { parseKeyRing } from './crypto/parse-key-ring.ts';
import type { TokenKey } from './crypto/token-cipher.ts';
import { defaultSyncLogsDays, type KeepChoice } from './domain/retention.ts';
import { isTimezone, timezoneHint } from './domain/snapshot-day.ts';
import type { LogLevel } from './logger.ts';

export const roles = ['api', 'worker', 'scheduler'] as const;
export type Role = (typeof roles)[number];

export interface Config {
  production: boolean;
  /** `null`: nothing was configured, the caller starts the embedded PostgreSQL (outside production only). */
  databaseUrl: string | null;
  /** A replica that the role api reads numbers from; null: the database itself, or another role, which needs none. */
  databaseReadUrl: string | null;
  /** Of one statement of a request. */
  databaseTimeoutMs: number;
  host: string;
  port: number;
  publicUrl: string;
  roles: ReadonlySet<Role>;
  tiktok: {
    clientKey: string;
    clientSecret: string;
    redirectUri: string;
    authUrl: string;
    apiUrl: string;
    requestsPerMinute: number;
    /** True when the addresses are not TikTok's own: every page then says that the numbers are simulated. */
    simulated: boolean;
  };
  tokenKeys: readonly TokenKey[];
  /** `null` when this process does not serve the API. */
  adminApiKey: string | null;
  sync: { cron: string; localTime: string; timezone: string; concurrency: number };
  /** Where a worker keeps token pairs that the database cannot take. */
  spoolDir: string;
  notices: NoticeConfig;
  keep: KeepChoice;
  /** Whether spans are sent: where to, OpenTelemetry's own variables say. */
  traces: boolean;
  logLevel: LogLevel;
}

/** Where notices go; a channel that is null is not used, and with neither nobody looks. */
export interface NoticeConfig {
  /** The address is a secret too. `secret` null: unsigned. */
  webhook: { url: string; secret: Buffer | null } | null;
  email: { smtpUrl: string; from: string; to: readonly string[] } | null;
}

/** Names every bad variable at once and never quotes a value. */
export class ConfigError extends Error {
  readonly variables: readonly string[];

  constructor(problems: readonly { variable: string; hint: string }[]) {
    super(`Bad configuration:\n${problems.map((p) => `  ${p.variable}: ${p.hint}`).join('\n')}`);
    this.name = 'ConfigError';
    this.variables = problems.map((p) => p.variable);
  }
}

export const defaultSpoolDir = '.data/spool';

const tiktokAuthUrl = 'https://www.tiktok.com/v2/auth/authorize/';
const tiktokApiUrl = 'https://open.tiktokapis.com';

const isLoopback = (host: string) => /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(host);

const webUrl = (production: boolean) =>
  z.string().refine(
    (text) => {
      const url = URL.parse(text);
      if (url === null || url.username !== '' || url.hash !== '') return false;
      if (!production) return url.protocol === 'https:' || url.protocol === 'http:';
      return url.protocol === 'https:' && !isLoopback(url.hostname);
    },
    `must be an absolute ${production ? 'https URL of another machine' : 'http or https URL'}, without credentials or fragment`,
  );

/** A collector stands beside us as a rule, without TLS. */
const collectorUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}, 'must be an http or https URL without credentials: these belong into OTEL_EXPORTER_OTLP_HEADERS');

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

const roleSet = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(roles)).min(1))
  .transform((list): ReadonlySet<Role> => new Set(list));

const maxRecipients = 20;

const isSmtpUrl = (text: string) => {
  const url = URL.parse(text);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '' || /[?#]/.test(text)) return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
};

/** As Standard Webhooks writes a key: 24 to 64 bytes. */
const signingKey = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and 24 to 64 bytes as base64')
  .transform((text) => Buffer.from(text.slice('whsec_'.length), 'base64'))
  .refine((key) => key.length >= 24 && key.length <= 64, 'must be whsec_ and 24 to 64 bytes as base64');

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres:// or postgresql://');

const withoutTrailingSlash = (url: string) => url.replace(/\/+$/, '');

function schemaFor(production: boolean, isCronExpression: (text: string) => boolean) {
  const url = webUrl(production);
  return z.object({
    DATABASE_URL: databaseUrl.optional(),
    DATABASE_READ_URL: databaseUrl.optional(),
    DATABASE_TIMEOUT_MS: integer(1_000, 60_000).default(4_000),
    HOST: z.string().default('127.0.0.1'),
    PORT: integer(1, 65535).default(3000),
    PUBLIC_URL: url
      .refine((text) => URL.parse(text)?.pathname === '/' && !text.includes('?'), 'must be an origin, without a path')
      .transform(withoutTrailingSlash)
      .optional(),
    ROLES: roleSet.default(new Set(roles)),
    TIKTOK_CLIENT_KEY: z.string({ error: 'is required' }),
    TIKTOK_CLIENT_SECRET: z.string({ error: 'is required' }),
    TIKTOK_REDIRECT_URI: url
      .refine((u) => u.length < 512 && !u.includes('?'), 'must be static, < 512 characters')
      .optional(),
    TIKTOK_AUTH_URL: url.default(tiktokAuthUrl),
    TIKTOK_API_URL: url.transform(withoutTrailingSlash).default(tiktokApiUrl),
    TIKTOK_REQUESTS_PER_MINUTE: integer(1, 10_000_000).default(600),
    TOKEN_ENC_KEY: z
      .string({ error: 'is required: 32 bytes as base64, for example from: openssl rand -base64 32' })
      .transform((text, context) => {
        try {
          return parseKeyRing(text);
        } catch {
          context.addIssue('must be `id:key[,id:key]`, each key 32 bytes as base64');
          return z.NEVER;
        }
      }),
    // What an Authorization header can carry.
    ADMIN_API_KEY: z
      .string()
      .regex(/^[\x21-\x7e]{32,512}$/, 'must be 32 to 512 printable ASCII characters without spaces')
      .optional(),
    SYNC_CRON: z
      .string()
      .regex(/^[\dA-Za-z*,/-]+( +[\dA-Za-z*,/-]+){4,5}$/, 'must be a cron expression of 5 or 6 fields')
      .refine(isCronExpression, 'must be a cron expression whose fields are in their ranges')
      .default('*/5 * * * *'),
    SYNC_LOCAL_TIME: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM')
      .default('01:00'),
    SNAPSHOT_TIMEZONE: z.string().refine(isTimezone, timezoneHint).default('Asia/Jakarta'),
    SYNC_CONCURRENCY: integer(1, 64).default(8),
    SPOOL_DIR: z.string().default(defaultSpoolDir),
    NOTICE_WEBHOOK_URL: url.optional(),
    NOTICE_WEBHOOK_SECRET: signingKey.optional(),
    NOTICE_EMAIL_TO: z
      .string()
      .transform((text) => text.split(',').map((address) => address.trim()))
      .refine(
        (list) => list.length <= maxRecipients && list.every((address) => z.email().safeParse(address).success),
        `must be 1 to ${maxRecipients} addresses, separated by commas`,
      )
      .optional(),
    NOTICE_EMAIL_FROM: z.email('must be one address, without a name').optional(),
    SMTP_URL: z
      .string()
      .refine(isSmtpUrl, 'must be smtp://[user:password@]host[:port] or smtps://…, without parameters')
      .optional(),
    KEEP_SYNC_LOGS_DAYS: integer(14, 36_500).default(defaultSyncLogsDays),
    // A video is followed for 90 days after it was posted.
    KEEP_NUMBERS_DAYS: integer(100, 36_500).optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl.optional(),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collectorUrl.optional(),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  });
}

/** Variables that are of no use without others; each that is missing is named. */
const partners: Readonly<Record<string, readonly string[]>> = {
  NOTICE_WEBHOOK_SECRET: ['NOTICE_WEBHOOK_URL'],
  NOTICE_EMAIL_TO: ['NOTICE_EMAIL_FROM', 'SMTP_URL'],
  NOTICE_EMAIL_FROM: ['NOTICE_EMAIL_TO', 'SMTP_URL'],
  SMTP_URL: ['NOTICE_EMAIL_TO', 'NOTICE_EMAIL_FROM'],
};

function missingPartners(present: Readonly<Record<string, string | undefined>>): { variable: string; hint: string }[] {
  const wanted = new Map<string, string>();
  for (const [variable, others] of Object.entries(partners)) {
    if (present[variable] === undefined) continue;
    for (const other of others) if (present[other] === undefined) wanted.set(other, variable);
  }
  return [...wanted].map(([variable, by]) => ({ variable, hint: `is required with ${by}` }));
}

/**
 * Reads the configuration from an environment handed in as a value; an empty string counts as absent.
 * `isCronExpression` is the cron library's own judgement. Throws ConfigError naming every bad variable.
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  isCronExpression: (text: string) => boolean = () => true,
): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const production = present.NODE_ENV === 'production';
  const parsed = schemaFor(production, isCronExpression).safeParse(present);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), hint: issue.message }));
  const wantsApi = (present.ROLES ?? 'api').split(',').some((role) => role.trim() === 'api');
  if (wantsApi && present.ADMIN_API_KEY === undefined) {
    problems.push({ variable: 'ADMIN_API_KEY', hint: 'is required with the role api: at least 32 characters' });
  }
  for (const variable of ['DATABASE_URL', 'PUBLIC_URL']) {
    if (production && present[variable] === undefined) problems.push({ variable, hint: 'is required in production' });
  }
  problems.push(...missingPartners(present));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const env = parsed.data;
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  return {
    production,
    databaseUrl: env.DATABASE_URL ?? null,
    databaseReadUrl: env.ROLES.has('api') ? (env.DATABASE_READ_URL ?? null) : null,
    databaseTimeoutMs: env.DATABASE_TIMEOUT_MS,
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    roles: env.ROLES,
    tiktok: {
      clientKey: env.TIKTOK_CLIENT_KEY,
      clientSecret: env.TIKTOK_CLIENT_SECRET,
      redirectUri: env.TIKTOK_REDIRECT_URI ?? `${publicUrl}/oauth/tiktok/callback`,
      authUrl: env.TIKTOK_AUTH_URL,
      apiUrl: env.TIKTOK_API_URL,
      requestsPerMinute: env.TIKTOK_REQUESTS_PER_MINUTE,
      simulated: env.TIKTOK_API_URL !== tiktokApiUrl || env.TIKTOK_AUTH_URL !== tiktokAuthUrl,
    },
    tokenKeys: env.TOKEN_ENC_KEY,
    adminApiKey: env.ADMIN_API_KEY ?? null,
    sync: {
      cron: env.SYNC_CRON,
      localTime: env.SYNC_LOCAL_TIME,
      timezone: env.SNAPSHOT_TIMEZONE,
      concurrency: env.SYNC_CONCURRENCY,
    },
    spoolDir: env.SPOOL_DIR,
    notices: {
      webhook: env.NOTICE_WEBHOOK_URL
        ? { url: env.NOTICE_WEBHOOK_URL, secret: env.NOTICE_WEBHOOK_SECRET ?? null }
        : null,
      email:
        env.SMTP_URL && env.NOTICE_EMAIL_FROM && env.NOTICE_EMAIL_TO
          ? { smtpUrl: env.SMTP_URL, from: env.NOTICE_EMAIL_FROM, to: env.NOTICE_EMAIL_TO }
          : null,
    },
    keep: { syncLogsDays: env.KEEP_SYNC_LOGS_DAYS, numbersDays: env.KEEP_NUMBERS_DAYS ?? null },
    traces: (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined,
    logLevel: env.LOG_LEVEL,
  };
}

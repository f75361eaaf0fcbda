import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const adminKey = 'a'.repeat(32);
const required = {
  TIKTOK_CLIENT_KEY: 'client-key',
  TIKTOK_CLIENT_SECRET: 'client-secret',
  TOKEN_ENC_KEY: key,
  ADMIN_API_KEY: adminKey,
};
const production = {
  ...required,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://harian:secret@db/harian',
  PUBLIC_URL: 'https://harian.example',
};

const mail = {
  NOTICE_EMAIL_TO: 'ops@harian.example',
  NOTICE_EMAIL_FROM: 'harian@harian.example',
  SMTP_URL: 'smtp://mail.example',
};

const refusalOf = (environment: Record<string, string | undefined>): ConfigError => {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('the configuration', () => {
  test('has a default for everything but secrets', () => {
    expect(parseConfig(required)).toEqual({
      production: false,
      databaseUrl: null,
      databaseReadUrl: null,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      roles: new Set(['api', 'worker', 'scheduler']),
      tiktok: {
        clientKey: 'client-key',
        clientSecret: 'client-secret',
        redirectUri: 'http://localhost:3000/oauth/tiktok/callback',
        authUrl: 'https://www.tiktok.com/v2/auth/authorize/',
        apiUrl: 'https://open.tiktokapis.com',
        requestsPerMinute: 600,
        simulated: false,
      },
      tokenKeys: [{ id: '1', key: Buffer.alloc(32, 1) }],
      adminApiKey: adminKey,
      sync: { cron: '*/5 * * * *', localTime: '01:00', timezone: 'Asia/Jakarta', concurrency: 8 },
      spoolDir: '.data/spool',
      notices: { webhook: null, email: null },
      keep: { syncLogsDays: 365, numbersDays: null },
      databaseTimeoutMs: 4_000,
      traces: false,
      logLevel: 'info',
    });
  });

  test('takes every variable', () => {
    const other = Buffer.alloc(32, 2).toString('base64');
    const config = parseConfig({
      ...required,
      DATABASE_URL: 'postgres://u:p@h:6432/d?sslmode=require',
      HOST: '0.0.0.0',
      PORT: '8080',
      PUBLIC_URL: 'https://harian.example/',
      ROLES: 'api, scheduler',
      TIKTOK_REDIRECT_URI: 'https://harian.example/callback',
      TIKTOK_AUTH_URL: 'http://127.0.0.1:9/v2/auth/authorize/',
      TIKTOK_API_URL: 'http://127.0.0.1:9/',
      TIKTOK_REQUESTS_PER_MINUTE: '60',
      TOKEN_ENC_KEY: `new:${other},1:${key}`,
      SYNC_CRON: '0 */2 * * *',
      SYNC_LOCAL_TIME: '23:59',
      SNAPSHOT_TIMEZONE: 'Pacific/Chatham',
      SYNC_CONCURRENCY: '64',
      DATABASE_TIMEOUT_MS: '20000',
      SPOOL_DIR: '/var/lib/harian/spool',
      KEEP_SYNC_LOGS_DAYS: '30',
      KEEP_NUMBERS_DAYS: '400',
      NOTICE_WEBHOOK_URL: 'http://127.0.0.1:9/hook',
      NOTICE_WEBHOOK_SECRET: `whsec_${key}`,
      NOTICE_EMAIL_TO: 'ops@harian.example, night@harian.example',
      NOTICE_EMAIL_FROM: 'harian@harian.example',
      SMTP_URL: 'smtps://user:p%40ss@mail.example:465',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      databaseUrl: 'postgres://u:p@h:6432/d?sslmode=require',
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'https://harian.example',
      roles: new Set(['api', 'scheduler']),
      tiktok: {
        redirectUri: 'https://harian.example/callback',
        authUrl: 'http://127.0.0.1:9/v2/auth/authorize/',
        apiUrl: 'http://127.0.0.1:9',
        requestsPerMinute: 60,
        simulated: true,
      },
      sync: { cron: '0 */2 * * *', localTime: '23:59', timezone: 'Pacific/Chatham', concurrency: 64 },
      spoolDir: '/var/lib/harian/spool',
      notices: {
        webhook: { url: 'http://127.0.0.1:9/hook', secret: Buffer.alloc(32, 1) },
        email: {
          smtpUrl: 'smtps://user:p%40ss@mail.example:465',
          from: 'harian@harian.example',
          to: ['ops@harian.example', 'night@harian.example'],
        },
      },
      keep: { syncLogsDays: 30, numbersDays: 400 },
      databaseTimeoutMs: 20_000,
      logLevel: 'debug',
    });
    expect(config.tokenKeys.map(({ id }) => id)).toEqual(['new', '1']);
  });

  test('sends traces to a collector beside it, in production too', () => {
    const environment = { ...production, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
    expect(parseConfig(environment).traces).toBe(true);
  });

  test('builds own addresses from PORT and PUBLIC_URL', () => {
    expect(parseConfig({ ...required, PORT: '4000' }).publicUrl).toBe('http://localhost:4000');
    expect(parseConfig(production).tiktok.redirectUri).toBe('https://harian.example/oauth/tiktok/callback');
  });

  test('takes an empty variable for an absent one', () => {
    expect(parseConfig({ ...required, PORT: '', ROLES: '', LOG_LEVEL: '', DATABASE_URL: '' })).toEqual(
      parseConfig(required),
    );
    expect(refusalOf({ ...required, TOKEN_ENC_KEY: '' }).variables).toEqual(['TOKEN_ENC_KEY']);
  });

  test('wants an admin key only where the API is served', () => {
    expect(parseConfig({ ...required, ADMIN_API_KEY: undefined, ROLES: 'worker,scheduler' }).adminApiKey).toBeNull();
    expect(refusalOf({ ...required, ADMIN_API_KEY: undefined, ROLES: 'worker,api' }).variables).toEqual([
      'ADMIN_API_KEY',
    ]);
  });
});

describe('a bad variable is refused', () => {
  test.each<[string, string]>([
    ['DATABASE_URL', 'mysql://h/d'],
    ['DATABASE_URL', 'postgres:/h/d'],
    ['DATABASE_URL', 'localhost:5432'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'harian.example'],
    ['PUBLIC_URL', 'ftp://harian.example'],
    ['PUBLIC_URL', 'https://user:pass@harian.example'],
    ['PUBLIC_URL', 'https://harian.example/#x'],
    ['PUBLIC_URL', 'https://harian.example/?x=1'],
    ['ROLES', 'api,cook'],
    ['ROLES', ','],
    ['TIKTOK_REDIRECT_URI', 'https://harian.example/callback?x=1'],
    ['TIKTOK_REDIRECT_URI', 'https://harian.example/callback#x'],
    ['TIKTOK_REDIRECT_URI', `https://harian.example/${'x'.repeat(512)}`],
    ['TIKTOK_REDIRECT_URI', '/oauth/tiktok/callback'],
    ['TIKTOK_AUTH_URL', 'www.tiktok.com'],
    ['TIKTOK_API_URL', 'javascript:alert(1)'],
    ['TIKTOK_REQUESTS_PER_MINUTE', '0'],
    ['TIKTOK_REQUESTS_PER_MINUTE', '-600'],
    ['TOKEN_ENC_KEY', 'too-short'],
    ['TOKEN_ENC_KEY', Buffer.alloc(31).toString('base64')],
    ['TOKEN_ENC_KEY', `1:${key},1:${key}`],
    ['TOKEN_ENC_KEY', `a b:${key}`],
    ['ADMIN_API_KEY', 'a'.repeat(31)],
    ['ADMIN_API_KEY', `${'a'.repeat(32)} b`],
    ['ADMIN_API_KEY', 'é'.repeat(40)],
    ['ADMIN_API_KEY', 'a'.repeat(513)],
    ['SYNC_CRON', 'often'],
    ['SYNC_CRON', '* * * *'],
    ['SYNC_CRON', '* * * * * * *'],
    ['SYNC_CRON', '*/5 * * * ; rm'],
    ['SYNC_LOCAL_TIME', '24:00'],
    ['SYNC_LOCAL_TIME', '1:00'],
    ['SYNC_LOCAL_TIME', '01:60'],
    ['SNAPSHOT_TIMEZONE', 'Asia/Atlantis'],
    ['SNAPSHOT_TIMEZONE', '+07:00'],
    ['SYNC_CONCURRENCY', '0'],
    ['SYNC_CONCURRENCY', '65'],
    ['KEEP_SYNC_LOGS_DAYS', '13'],
    ['KEEP_NUMBERS_DAYS', '99'],
    ['KEEP_NUMBERS_DAYS', 'forever'],
    ['NOTICE_WEBHOOK_URL', 'hooks.slack.com/services/T0/B0/canary'],
    ['NOTICE_WEBHOOK_URL', 'https://user:pass@hooks.example/canary'],
    ['SMTP_URL', 'mail.example:587'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:secret@collector:4318'],
    ['SMTP_URL', 'https://mail.example'],
    ['SMTP_URL', 'smtp:///mail'],
    ['SMTP_URL', 'smtp://user:100%sure@mail.example'],
    ['SMTP_URL', 'smtp://mail.example/?logger=true'],
    ['NOTICE_EMAIL_TO', 'ops@harian.example,'],
    ['NOTICE_EMAIL_TO', 'Ops <ops@harian.example>'],
    ['NOTICE_EMAIL_TO', Array.from({ length: 21 }, (_, index) => `ops${index}@harian.example`).join(',')],
    ['NOTICE_EMAIL_FROM', 'ops@harian.example, x@harian.example'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s (%#), by its name and never by its value', (variable, value) => {
    const error = refusalOf({ ...required, ...mail, [variable]: value });
    expect(new Set(error.variables)).toEqual(new Set([variable]));
    expect(error.message).toContain(`${variable}: `);
    if (value.length > 4) expect(error.message).not.toContain(value);
  });

  test.each(['TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET', 'TOKEN_ENC_KEY', 'ADMIN_API_KEY'])(
    '%s when it is missing',
    (variable) => {
      const error = refusalOf({ ...required, [variable]: undefined });
      expect(error.variables).toEqual([variable]);
      expect(error.message).toContain('is required');
    },
  );

  test.each([
    ['too-short', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['too-long', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['without its prefix', key],
    ['not base64', 'whsec_canary canary canary canary canary canary'],
  ])('NOTICE_WEBHOOK_SECRET, %s, by its name and never by its value', (_, value) => {
    const error = refusalOf({ ...required, NOTICE_WEBHOOK_URL: 'https://hooks.example', NOTICE_WEBHOOK_SECRET: value });
    expect(error.variables).toEqual(['NOTICE_WEBHOOK_SECRET']);
    expect(error.message).not.toContain(value);
  });

  test.each([
    [{ NOTICE_WEBHOOK_SECRET: `whsec_${key}` }, ['NOTICE_WEBHOOK_URL']],
    [{ NOTICE_EMAIL_TO: mail.NOTICE_EMAIL_TO }, ['NOTICE_EMAIL_FROM', 'SMTP_URL']],
    [{ NOTICE_EMAIL_FROM: mail.NOTICE_EMAIL_FROM }, ['NOTICE_EMAIL_TO', 'SMTP_URL']],
    [{ SMTP_URL: mail.SMTP_URL }, ['NOTICE_EMAIL_FROM', 'NOTICE_EMAIL_TO']],
    [{ ...mail, SMTP_URL: '' }, ['SMTP_URL']],
  ])('%o is of no use alone: what is missing is named, each once', (some, missing) => {
    expect(refusalOf({ ...required, ...some }).variables.toSorted()).toEqual(missing);
  });

  test('together with all others, at once', () => {
    const bad = {
      DATABASE_URL: 'canary-database',
      PORT: 'canary-port',
      PUBLIC_URL: 'canary-url',
      ROLES: 'api,canary-role',
      TIKTOK_AUTH_URL: 'canary-auth',
      TIKTOK_API_URL: 'canary-api',
      TIKTOK_REDIRECT_URI: 'canary-redirect',
      TIKTOK_REQUESTS_PER_MINUTE: 'canary-rate',
      TOKEN_ENC_KEY: 'canary-key',
      ADMIN_API_KEY: 'canary-admin',
      SYNC_CRON: 'canary-cron',
      SYNC_LOCAL_TIME: 'canary-time',
      SNAPSHOT_TIMEZONE: 'canary/zone',
      SYNC_CONCURRENCY: 'canary-many',
      NOTICE_WEBHOOK_URL: 'canary-hook',
      NOTICE_WEBHOOK_SECRET: 'canary-signing',
      NOTICE_EMAIL_TO: 'canary-to',
      NOTICE_EMAIL_FROM: 'canary-from',
      SMTP_URL: 'canary-smtp',
      LOG_LEVEL: 'canary-level',
    };
    const error = refusalOf(bad);
    const expected = [...Object.keys(bad), 'TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET'];
    expect(new Set(error.variables)).toEqual(new Set(expected));
    for (const variable of expected) expect(error.message).toContain(`  ${variable}: `);
    expect(error.message).not.toContain('canary');
  });
});

describe('in production', () => {
  test('https addresses are accepted, and the database has to be named', () => {
    expect(parseConfig(production)).toMatchObject({ production: true, publicUrl: 'https://harian.example' });
    expect(refusalOf({ ...production, DATABASE_URL: undefined }).variables).toEqual(['DATABASE_URL']);
  });

  test.each(['PUBLIC_URL', 'TIKTOK_REDIRECT_URI', 'TIKTOK_AUTH_URL', 'TIKTOK_API_URL', 'NOTICE_WEBHOOK_URL'])(
    '%s has to be https',
    (variable) => {
      expect(refusalOf({ ...production, [variable]: 'http://stand-in.example' }).variables).toEqual([variable]);
    },
  );
});

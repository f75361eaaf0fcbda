import packageFile from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import type { Configured } from './services/read-settings.ts';

/** What of the configuration may be shown: each secret only as whether it is there, a key only by its id. */
export function describeConfig(config: Config, nextTicks: Configured['nextTicks']): Configured {
  const { tiktok, sync, notices } = config;
  return {
    production: config.production,
    roles: [...config.roles],
    publicUrl: config.publicUrl,
    tiktok: {
      authUrl: withoutQuery(tiktok.authUrl),
      apiUrl: withoutQuery(tiktok.apiUrl),
      redirectUri: tiktok.redirectUri,
      simulated: tiktok.simulated,
      hasClientKey: tiktok.clientKey !== '',
      hasClientSecret: tiktok.clientSecret !== '',
      requestsPerMinute: tiktok.requestsPerMinute,
    },
    tokenKeyIds: config.tokenKeys.map(({ id }) => id),
    sync: { ...sync },
    // Where to is nobody's business: a webhook's address opens a channel, and addresses belong to people.
    notices: {
      webhook: notices.webhook && { signed: notices.webhook.secret !== null },
      emailRecipients: notices.email?.to.length ?? 0,
    },
    keep: config.keep,
    // The address of another one is secret as a whole: it carries a password.
    embeddedDatabase: config.databaseUrl === null,
    databaseTimeoutMs: config.databaseTimeoutMs,
    logLevel: config.logLevel,
    versions: { harian: packageFile.version, node: process.version },
    nextTicks,
  };
}

/** A stand-in's address may carry a token of its own. */
const withoutQuery = (url: string) => url.split('?', 1)[0] ?? '';

import { compose } from '../src/compose.ts';
import { parseConfig } from '../src/config.ts';
import { createApp } from '../src/http/app.ts';
import { createLogger } from '../src/logger.ts';

/** /openapi.json as an installation at `publicUrl` serves it, as text. Opens no connection. */
export async function describeApi(publicUrl = 'https://harian.example'): Promise<string> {
  const databaseUrl = 'postgresql://nobody@127.0.0.1:1/none';
  const config = parseConfig({
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: publicUrl,
    TIKTOK_CLIENT_KEY: 'none',
    TIKTOK_CLIENT_SECRET: 'none',
    TOKEN_ENC_KEY: `1:${Buffer.alloc(32).toString('base64')}`,
    ADMIN_API_KEY: 'x'.repeat(32),
  });
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  const harian = compose({ config, databaseUrl, logger });
  try {
    const app = await createApp(harian.deps);
    return await (await app.request('/openapi.json')).text();
  } finally {
    await harian.close();
  }
}

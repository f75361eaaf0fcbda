import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OpenAPIHono } from '@hono/zod-openapi';

const files = {
  'harian.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'waiting.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The files the pages use, read once. Throws when one is missing. */
export async function publicFileRoutes(app: OpenAPIHono): Promise<void> {
  for (const [name, type] of Object.entries(files)) {
    const content = await readFile(new URL(`../public/${name}`, import.meta.url), 'utf8');
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    app.get(`/public/${name}`, (c) => {
      c.header('Cache-Control', 'no-cache');
      c.header('ETag', etag);
      if (c.req.header('if-none-match') === etag) return c.body(null, 304);
      return c.body(content, 200, { 'Content-Type': type });
    });
  }
}

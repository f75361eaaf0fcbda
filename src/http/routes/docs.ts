import type { OpenAPIHono } from '@hono/zod-openapi';
import { sessionCookie } from '../cookies.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { docsPage } from '../pages/docs-page.ts';

/** The description of the API, made once from the same schemas that check the requests. Call it after all routes. */
export function docsRoutes(app: OpenAPIHono, deps: Pick<HttpDependencies, 'publicUrl' | 'simulated'>): void {
  const { publicUrl, simulated } = deps;
  const registry = app.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'adminKey', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookie(publicUrl).name,
  });
  registry.registerComponent('securitySchemes', 'tiktokSignature', {
    type: 'apiKey',
    in: 'header',
    name: 'TikTok-Signature',
  });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Harian',
      version: '1',
      description:
        'The daily numbers of the TikTok account of every store. Times are ISO 8601 UTC, days are a store’s own.',
      license: { name: 'MIT' },
    },
    servers: [{ url: publicUrl }],
  });
  app.get('/openapi.json', (c) => c.json(document, 200, { 'Cache-Control': 'no-cache' }));
  app.get('/docs', (c) => c.html(docsPage({ document, publicUrl, simulated })));
}

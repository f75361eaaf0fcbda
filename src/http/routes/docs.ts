import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpDependencies } from '../dependencies.ts';
import { describeApi } from '../describe-api.ts';
import { docsPage } from '../pages/docs-page.ts';

/** The description of the API for machines and for people, made once. Call it after all routes. */
export function docsRoutes(app: OpenAPIHono, deps: Pick<HttpDependencies, 'publicUrl' | 'simulated'>): void {
  const { publicUrl, simulated } = deps;
  const document = describeApi(app, publicUrl);
  app.get('/openapi.json', (c) => c.json(document, 200, { 'Cache-Control': 'no-cache' }));
  app.get('/docs', (c) => c.html(docsPage({ document, publicUrl, simulated })));
}

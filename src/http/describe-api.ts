import type { OpenAPIHono } from '@hono/zod-openapi';
import { sessionCookie } from './cookies.ts';
import { sampleOf } from './pages/describe-schema.ts';
import { follow, listEndpoints, type Response } from './pages/openapi.ts';
import type { OpenApiDocument } from './pages/view-models.ts';

const description = `The daily numbers of the TikTok account of every store. Times are ISO 8601 UTC, days are a store’s own.

Every error is \`{"error":{"code","message"}}\`. Lists take \`limit\` and \`cursor\`; what arrives between two pages neither hides nor repeats anything else. Unknown fields of an answer are to be ignored: new ones may come at any time.`;

const tags = [
  { name: 'Stores', description: 'Who is read every day, and its connection to TikTok' },
  { name: 'Jobs', description: 'One read of a store: its way through the queue' },
  { name: 'Log', description: 'What was tried, what came of it, who changed what' },
  { name: 'Numbers', description: 'What TikTok said, day by day' },
  { name: 'Change feed', description: 'Webhooks of yours, told of what happens' },
  { name: 'Admin keys', description: 'Who may come in' },
  { name: 'Operation', description: 'Whether a process works' },
  { name: 'TikTok', description: 'What TikTok calls' },
];

/** The API as OpenAPI 3.1, made from the schemas that check the requests; every body has an example. Call it after all routes. */
export function describeApi(app: OpenAPIHono, publicUrl: string): OpenApiDocument {
  const registry = app.openAPIRegistry;
  const scheme = (name: string, value: Parameters<typeof registry.registerComponent<'securitySchemes'>>[2]) =>
    registry.registerComponent('securitySchemes', name, value);
  scheme('adminKey', { type: 'http', scheme: 'bearer' });
  scheme('session', { type: 'apiKey', in: 'cookie', name: sessionCookie(publicUrl).name });
  scheme('tiktokSignature', { type: 'apiKey', in: 'header', name: 'TikTok-Signature' });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Harian',
      version: '1',
      description,
      contact: { name: 'This installation', url: publicUrl },
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: publicUrl }],
    tags,
  });
  addExamples(document);
  return document;
}

/** Where a route gave none, one made from the examples of its fields. */
function addExamples(document: OpenApiDocument): void {
  for (const { operation } of listEndpoints(document)) {
    const answers = Object.values(operation.responses ?? {});
    for (const node of [operation.requestBody, ...answers]) {
      for (const media of Object.values(follow<Response>(document, node)?.content ?? {})) {
        if (media.example !== undefined || media.examples !== undefined) continue;
        media.example = sampleOf(document, media.schema, 'body');
      }
    }
  }
}

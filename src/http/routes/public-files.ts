import { readFile } from 'node:fs/promises';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { etagOf, isKnown } from '../etag.ts';

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const own = (name: string) => new URL(`../public/${name}`, import.meta.url);
const ofUplot = (name: string) => new URL(name, import.meta.resolve('uplot'));

const files: Readonly<Record<string, { type: string; from: URL }>> = {
  'harian.css': { type: style, from: own('harian.css') },
  'console.css': { type: style, from: own('console.css') },
  'live.js': { type: script, from: own('live.js') },
  'bulk.js': { type: script, from: own('bulk.js') },
  'charts.js': { type: script, from: own('charts.js') },
  'copy.js': { type: script, from: own('copy.js') },
  'waiting.js': { type: script, from: own('waiting.js') },
  'icon.svg': { type: 'image/svg+xml', from: own('icon.svg') },
  // The chart library as its package ships it.
  'uplot.js': { type: script, from: ofUplot('uPlot.iife.min.js') },
  'uplot.css': { type: style, from: ofUplot('uPlot.min.css') },
};

/** The files the pages use, read once. Throws when one is missing. */
export async function publicFileRoutes(app: OpenAPIHono): Promise<void> {
  for (const [name, { type, from }] of Object.entries(files)) {
    const content = await readFile(from, 'utf8');
    const etag = etagOf(content);
    app.get(`/public/${name}`, (c) => {
      c.header('Cache-Control', 'no-cache');
      c.header('ETag', etag);
      if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304);
      return c.body(content, 200, { 'Content-Type': type });
    });
  }
}

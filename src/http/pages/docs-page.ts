import { html } from 'hono/html';
import { docsOperation } from './docs-operation.ts';
import { type Html, layout } from './layout.ts';
import { type Endpoint, listEndpoints } from './openapi.ts';
import { prose } from './prose.ts';
import type { DocsPageModel } from './view-models.ts';

/** The API's reference, made from the OpenAPI document alone. */
export function docsPage({ document, publicUrl, simulated }: DocsPageModel): Html {
  const endpoints = listEndpoints(document);
  const { title, version, description } = document.info;
  return layout({
    language: 'en',
    simulated,
    title: `${title} API`,
    head: html`<script type="module" src="/public/copy.js"></script>`,
    body: html`<header class="bar-top"><p class="brand">Harian</p><nav aria-label="More"><a class="button" href="/">Console</a></nav></header>
<div class="docs">
<nav class="contents" aria-labelledby="contents"><h2 id="contents">Contents</h2>
<ul>${endpoints.map(contentsLink)}</ul></nav>
<main>
<h1>${title} API <small>${version}</small></h1>
${description !== undefined && prose(description)}
<p>This installation: <code>${publicUrl}</code>. The same as a machine reads it: <a href="/openapi.json">openapi.json</a>.</p>
<p>The examples take the address and an admin key from your shell:</p>
<pre tabindex="0"><code>export HARIAN_URL=${publicUrl}
export HARIAN_KEY=YOUR_ADMIN_KEY</code></pre>
${endpoints.map((endpoint) => docsOperation(document, endpoint))}
</main>
</div>`,
  });
}

const contentsLink = ({ id, method, path }: Endpoint): Html =>
  html`<li><a href="#${id}"><span class="method ${method.toLowerCase()}">${method}</span> <span class="path">${path}</span></a></li>`;

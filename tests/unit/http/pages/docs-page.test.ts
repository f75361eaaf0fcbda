import { describe, expect, it } from 'vitest';
import { docsPage } from '../../../../src/http/pages/docs-page.ts';
import { hostile, openApi } from './samples.ts';

const render = async (document = openApi) =>
  String(await docsPage({ document, publicUrl: 'https://harian.example', simulated: false }))
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");

describe('the reference', () => {
  it('lists every operation and links to it', async () => {
    const page = await render();
    for (const id of ['post-api-stores', 'get-api-stores-store_code-daily', 'get-healthz']) {
      expect(page).toContain(`href="#${id}"`);
      expect(page).toContain(`id="${id}"`);
    }
  });

  it('describes bodies through references, with what lies inside', async () => {
    const page = await render();
    expect(page).toContain('<code>account.username</code>');
    expect(page).toContain('string or null');
    expect(page).toContain('Longest: 64.');
  });

  it('names the error codes of a response', async () => {
    expect(await render()).toMatch(/409<\/strong> Taken\.\s*<code>STORE_EXISTS<\/code>/);
  });

  it('gives a command with placeholders for the address and the key, safe to paste', async () => {
    const page = await render();
    expect(page).toContain(
      `curl -X POST "$HARIAN_URL/api/stores" \\\n  -H "Authorization: Bearer $HARIAN_KEY" \\\n  -H "Content-Type: application/json" \\\n` +
        `  -d '{"store_code":"STORE_CODE","name":"Ibu'\\''s shop"}'`,
    );
    expect(page).toContain('curl "$HARIAN_URL/api/stores/STORE_CODE/daily?from=YYYY-MM-DD" \\\n  -H');
  });

  it('shows an answer beside the command, and lets both be copied', async () => {
    const page = await render();
    expect(page).toMatch(/<p>answers<\/p>\n<pre tabindex="0"><code>\{\n {2}"store_code": "jkt-01"\n\}<\/code><\/pre>/);
    expect(page).toContain('<script type="module" src="/public/copy.js"></script>');
  });

  it('writes what stands between backticks as code', async () => {
    expect(await render()).toContain('<p>Taken as <code>from</code> to <code>to</code>.</p>');
  });

  it('asks for no key where none is wanted', async () => {
    expect(await render()).toContain('<code>curl "$HARIAN_URL/healthz"</code>');
  });

  it('escapes the document', async () => {
    expect(await render()).not.toContain(hostile);
  });

  it('survives a document that is empty or refers to nothing', async () => {
    const info = { title: 'Harian', version: '1' };
    expect(await render({ openapi: '3.1.0', info })).toContain('<h1>Harian API');
    const parameters = [{ $ref: '#/components/parameters/Gone' }];
    expect(await render({ openapi: '3.1.0', info, paths: { '/x': { get: { parameters } } } })).toContain('id="get-x"');
  });
});

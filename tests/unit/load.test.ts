import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

/** Every module of ours that is loaded with `entry`, by its path below src/. */
async function loadedWith(entry: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL(entry, root).href)});
    console.log(JSON.stringify(seen));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  const urls: string[] = JSON.parse(stdout);
  const source = new URL('src/', root).href;
  return urls.filter((url) => url.startsWith(source)).map((url) => url.slice(source.length));
}

test('a process loads the routes of the API only when it serves them', { timeout: 30_000 }, async () => {
  const loaded = [...(await loadedWith('src/start.ts')), ...(await loadedWith('src/http/health-app.ts'))];
  expect(loaded).toContain('jobs/sync-workers.ts');
  expect(loaded).not.toContain('http/app.ts');
  const routes = loaded.filter((path) => path.startsWith('http/routes/'));
  expect(routes.sort()).toEqual(['http/routes/health.ts', 'http/routes/metrics.ts']);
});

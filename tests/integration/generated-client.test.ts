import { generateSource } from 'oazapfts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createProject, type Project } from '../support/project.ts';

let harian: TestHarian;
let project: Project;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  project = await createProject(['@oazapfts/runtime', '@types/node']);
});
afterAll(async () => {
  await project.remove();
  await harian.close();
});

/** What an analyst would write against it; every line is checked against the generated types. */
const walk = `
import * as harian from './generated.ts';

declare const process: { env: Record<'URL' | 'KEY', string> };
harian.defaults.baseUrl = process.env.URL;
harian.defaults.headers = { authorization: \`Bearer \${process.env.KEY}\` };

const said: unknown[] = [];
const made = await harian.createStore({ store_code: 'gen-01', name: 'Toko Melati' }, { idempotencyKey: 'one' });
said.push(made.status === 201 ? made.data.status : made.data.error.code);
const again = await harian.createStore({ store_code: 'gen-01', name: 'Toko Melati' });
said.push(again.status === 409 ? again.data.error.code : again.status);
const page = await harian.listStores({ status: 'PENDING', limit: 10 });
if (page.status === 200) said.push(page.data.items.map((store) => store.account?.username ?? store.store_code));
const days = await harian.listAccountDays('gen-01', { $from: '2026-11-01', to: '2026-11-30' });
if (days.status === 200) said.push(days.data.next_cursor, days.data.items.map((day) => day.follower_count));
const refused = await harian.resyncStore('gen-01');
said.push(refused.status, refused.status === 409 && refused.data.error.code);
const queue = await harian.readQueue();
if (queue.status === 200) said.push(queue.data.queued + queue.data.active);
const gone = await harian.deleteStore('gen-01');
said.push(gone.status);
console.log(JSON.stringify(said));
`;

test('a client that a public generator makes from /openapi.json compiles and works', { timeout: 120_000 }, async () => {
  await project.write('generated.ts', await generateSource(`${harian.url}/openapi.json`));
  await project.write('walk.ts', walk);
  expect(await project.compile()).toEqual({ exitCode: 0, output: '' });
  const { output } = await project.run('walk.ts', { URL: harian.url, KEY: adminKey });
  expect(JSON.parse(output)).toEqual([
    'PENDING',
    'STORE_EXISTS',
    ['gen-01'],
    null,
    [],
    409,
    'STORE_NOT_CONNECTED',
    0,
    204,
  ]);
});

import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, test, vi } from 'vitest';
import { postOutside } from '../../../src/channels/post-outside.ts';

// What names resolve to, answer by answer: the last one stays.
const answers: LookupAddress[][] = [];
let asked = 0;
vi.mock('node:dns', async (original) => ({
  ...(await original<typeof import('node:dns')>()),
  lookup(_name: string, _options: object, done: (error: null, addresses: LookupAddress[]) => void) {
    asked += 1;
    done(null, (answers.length > 1 ? answers.shift() : answers[0]) ?? []);
  },
}));

beforeEach(() => {
  answers.length = 0;
  asked = 0;
});

const v4 = (address: string) => ({ address, family: 4 });
const post = (url: string, allowLoopback: boolean) =>
  postOutside({ url, headers: {}, body: '{}', signal: new AbortController().signal, allowLoopback, timeoutMs: 5_000 });

test.each([
  [[v4('10.0.0.1')]],
  [[v4('169.254.169.254')]],
  // One public address does not make up for another.
  [[v4('93.184.215.14'), v4('192.168.0.10')]],
  [[{ address: 'fd00:ec2::254', family: 6 }, v4('93.184.215.14')]],
  [[]],
])('a name that resolves to %j is refused', async (addresses) => {
  answers.push(addresses);
  expect(await post('https://hooks.example/', false)).toMatchObject({ errorCode: 'ADDRESS_REFUSED' });
  expect(asked).toBe(1);
});

test('the connection goes to an address that was judged: a name is asked once, whatever it says the next time', async () => {
  const hosts: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    hosts.push(request.headers.host);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  answers.push([v4('127.0.0.1')], [v4('10.0.0.1')]);
  expect(await post(`http://rebinds.example:${port}/`, true)).toMatchObject({ outcome: 'delivered' });
  expect(hosts).toEqual([`rebinds.example:${port}`]);
  expect(asked).toBe(1);
  expect(await post(`http://rebinds.example:${port}/`, true)).toMatchObject({ errorCode: 'ADDRESS_REFUSED' });
  server.close();
});

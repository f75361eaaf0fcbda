import { expect, test } from 'vitest';
import { isInside, isLoopback } from '../../../src/channels/inside-address.ts';

test.each([
  // This machine, and none.
  ...['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '0.1.2.3', '::'],
  // Private networks and what a provider has between itself and its customers.
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'],
  ...['fc00::1', 'fd12:3456::1', 'fec0::1'],
  // The link.
  ...['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  // Metadata of clouds: AWS, Google and Azure, AWS by IPv6, Alibaba, Oracle, Azure's host.
  ...['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
  // IPv4 in IPv6's clothes: mapped, compatible, translated, 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1'],
  ...['2002:7f00:1::', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  // Many at once, reserved, documentation, benchmarks.
  ...['224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', 'ff02::1', 'ff0e::1'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '192.88.99.1', '2001:db8::1', '3fff::1', '100::1'],
  // No address as a connection takes it.
  ...['', 'localhost', 'example.com', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3.4.5', '8.8.8.8 '],
])('%s is inside', (address) => {
  expect(isInside(address)).toBe(true);
});

test.each([
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...[
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
  ],
  ...['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '2001:200::1'],
])('%s is outside', (address) => {
  expect(isInside(address)).toBe(false);
});

test('loopback is this machine alone', () => {
  expect(['127.0.0.1', '127.3.2.1', '::1'].map(isLoopback)).toEqual([true, true, true]);
  const others = ['0.0.0.0', '10.0.0.1', '169.254.169.254', '::', '::ffff:127.0.0.1', 'localhost', ''];
  expect(others.filter(isLoopback)).toEqual([]);
});

import { BlockList, isIP, isIPv6 } from 'node:net';

/** What is not the public internet, by IANA's special-purpose registries; cloud metadata lies in these, and Azure's beside. */
const notPublic4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of IPv6 only 2000::/3 is public, but for these: ways into IPv4, and documentation. */
const public6 = '2000::/3';
const notPublic6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const listOf = (subnets: readonly string[], family: 'ipv4' | 'ipv6') => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
};
const inside4 = listOf(notPublic4, 'ipv4');
const global6 = listOf([public6], 'ipv6');
const inside6 = listOf(notPublic6, 'ipv6');
const loopback4 = listOf(['127.0.0.0/8'], 'ipv4');

/** Whether an address is anything but the public internet, or no address at all. IPv6 that carries IPv4 counts as inside. */
export function isInside(address: string): boolean {
  // A zone (%eth0) names an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return true;
  if (isIPv6(address)) return !global6.check(address, 'ipv6') || inside6.check(address, 'ipv6');
  return inside4.check(address, 'ipv4');
}

/** This machine itself, plainly written. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && loopback4.check(address, 'ipv4'));

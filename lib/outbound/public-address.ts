import 'server-only';
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Addresses that do not lie in the open Internet. @see the IANA special-purpose address registries (RFC 6890), which name the ranges and their documents;
 * 168.63.129.16 is a cloud's own service under a public number.
 */
const NOT_PUBLIC_V4: [network: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Within 2000::/3, what is no host of its own: protocol assignments and Teredo, documentation, 6to4 (which carries an IPv4 address along). */
const NOT_PUBLIC_V6: [network: string, bits: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, bits] of NOT_PUBLIC_V4) refused.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of NOT_PUBLIC_V6) refused.addSubnet(network, bits, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * Whether an address is one of the open Internet. Of IPv6, global unicast alone (RFC 4291 §2.4): loopback, unique-local, link-local, multicast, and every
 * spelling of an IPv4 address (mapped, compatible, NAT64) lie outside of it. What is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4');
  return isIPv6(address) && !address.includes('%') && globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

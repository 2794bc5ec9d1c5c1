import 'server-only';
import { isIPv4, isIPv6 } from 'node:net';
import { env } from '@/lib/env';
import { requestContext } from './request-context';

/**
 * The network address that sign-in delays and access records name. X-Forwarded-For counts only where an operator said that a proxy sets it,
 * and then only its last entry: the ones before it are whatever the client wrote.
 */
export function clientAddress(headers: Headers): string | null {
  return addressOf(headers.get('x-forwarded-for'), requestContext.getStore()?.response.req.socket?.remoteAddress);
}

/** The same from the parts: X-Forwarded-For as it was sent, and the other end of the socket. */
export function addressOf(forwarded: string | null | undefined, socket: string | undefined): string | null {
  if (env().TRUST_PROXY === '1') {
    const last = forwarded?.split(',').at(-1)?.trim();
    const named = last === undefined ? null : withoutPort(last);
    if (named !== null) return plain(named);
  }
  return socket === undefined ? null : plain(socket);
}

/**
 * What one subscriber holds, for counting attempts: an IPv4 address; of IPv6 the /64, within which anybody may take a new address for each attempt.
 * @see RFC 6177, section 2
 */
export function networkOf(address: string): string {
  const shown = plain(address);
  const groups = groupsOf(shown);
  return groups === null ? shown : `${groups.slice(0, 4).join(':')}::/64`;
}

/** Some proxies write `address:port` or `[address]:port`. @returns null for what is no address */
function withoutPort(entry: string): string | null {
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return isIPv4(address) || isIPv6(address) ? address : null;
}

/** An IPv4 client of a dual-stack socket is shown as the IPv4 client that it is, however its address is written. @see RFC 4291, section 2.5.5.2 */
function plain(address: string): string {
  const groups = groupsOf(address);
  if (groups === null || groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return address;
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');
}

/** The eight groups of an IPv6 address in lower-case hexadecimal without leading zeros; null for anything else. */
function groupsOf(address: string): string[] | null {
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return null;
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

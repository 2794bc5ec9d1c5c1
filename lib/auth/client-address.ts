import 'server-only';
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
    if (last !== undefined && /^[0-9A-Fa-f:.]{2,45}$/.test(last)) return plain(last);
  }
  return socket === undefined ? null : plain(socket);
}

/** An IPv4 client of a dual-stack socket is shown as the IPv4 client that it is. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

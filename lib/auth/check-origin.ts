import 'server-only';
import { env } from '@/lib/env';
import { RefusalError } from '@/lib/schema/errors';

/**
 * A change that a cookie authenticates must come from a page of ours: browsers state the Origin of every such request and no page can forge
 * it. Keys need no such check, since no browser sends them by itself.
 * @throws RefusalError origin_mismatch
 */
export function checkOrigin(headers: Headers): void {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') throw new RefusalError('origin_mismatch');
  const origin = headers.get('origin');
  if (origin === null || !ownOrigins(headers).includes(origin)) throw new RefusalError('origin_mismatch');
}

/** PUBLIC_URL, and the host that the request was sent to: an installation answers on localhost, 127.0.0.1 and its name alike. */
function ownOrigins(headers: Headers): string[] {
  const named = new URL(env().PUBLIC_URL);
  const host = headers.get('host');
  if (host === null) return [named.origin];
  const schemes = named.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  return [named.origin, ...schemes.map((scheme) => `${scheme}//${host.toLowerCase()}`)];
}

/** Where the person who made this request reaches us, for links that they are shown. */
export function ownAddress(headers: Headers): string {
  const named = new URL(env().PUBLIC_URL);
  const host = headers.get('host');
  if (named.protocol === 'https:' || host === null || !/^[A-Za-z0-9.\-[\]:]+$/.test(host)) return named.origin;
  return `${named.protocol}//${host}`;
}

import 'server-only';
import { env } from '@/lib/env';

/**
 * Whether a change that a cookie authenticates comes from a page of ours, as it must: browsers state the Origin of every such request and no page can
 * forge it. Keys need no such check, since no browser sends them by itself.
 */
export function isFromOwnPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') return false;
  const origin = headers.get('origin');
  return origin !== null && ownOrigins(headers).includes(origin);
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

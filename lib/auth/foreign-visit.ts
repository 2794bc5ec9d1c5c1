import 'server-only';
import { sessionCookieName } from './session-cookie';

/** Pages that stand before the ledger is open, and what has doors of its own (lib/auth/route). Every other page records who looks at it. */
const OPEN = /^\/(?:sign-in|setup|docs|arrival|api|_next)(?:\/|$)|^\/[^/]+\.(?:svg|ico)$/;

interface Visit {
  method: string;
  pathname: string;
  headers: Headers;
  cookies: { has(name: string): boolean };
}

/**
 * Whether another site has led a signed-in browser to a page that records its reader. A link, a script that sets the location, and a pop-up all do that
 * with the session's cookie (SameSite=Lax), and what they open would stand in the access ledger as a look that nobody decided to take.
 * @see Fetch Metadata, section 2.3; lib/decisions/009-links-from-other-sites.md
 */
export function isForeignVisit({ method, pathname, headers, cookies }: Visit): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return isFromAnotherSite(headers) && !OPEN.test(pathname) && cookies.has(sessionCookieName());
}

/** Browsers say so and no page can forge it. Typed addresses, bookmarks and other programs are `none`; older browsers and scripts say nothing. */
export function isFromAnotherSite(headers: Headers): boolean {
  return headers.get('sec-fetch-site') === 'cross-site';
}

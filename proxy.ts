import { type NextRequest, NextResponse } from 'next/server';
import { isForeignVisit } from '@/lib/auth/foreign-visit';
import { env } from '@/lib/env';

/**
 * Headers of every answer that Next gives; nothing is authorised here (each page, route and read does that itself). A link from another site is asked about
 * under its own address, before the page that would record a look at it is made.
 * Scripts run by a nonce made for one answer, never inline. Style elements likewise; `style` attributes are let be, since recharts, the menus of Base UI
 * and React's own rendering place things by them, and an attribute can neither load nor run anything.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const { PUBLIC_URL, NODE_ENV } = env();
  const secure = PUBLIC_URL.startsWith('https:');
  const policy = contentSecurityPolicy(nonce, NODE_ENV === 'development', secure);

  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  headers.set('x-nonce', nonce);
  // Where to come back to after signing in; a client's own header of that name is overwritten.
  headers.set('x-holdfast-path', request.nextUrl.pathname + request.nextUrl.search);

  const { method, nextUrl, cookies } = request;
  const foreign = isForeignVisit({ method, pathname: nextUrl.pathname, headers: request.headers, cookies });
  const passed = { request: { headers } };
  const response = foreign ? NextResponse.rewrite(new URL('/arrival', request.url), passed) : NextResponse.next(passed);
  response.headers.set('Content-Security-Policy', policy);
  response.headers.set('Cache-Control', 'private, no-store');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('X-Frame-Options', 'DENY');
  // One-time links stand in the address: not even our own pages are told it.
  response.headers.set('Referrer-Policy', request.nextUrl.pathname.startsWith('/setup') ? 'no-referrer' : 'same-origin');
  response.headers.set('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()');
  response.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  response.headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  if (secure) response.headers.set('Strict-Transport-Security', 'max-age=63072000; includeSubDomains');
  return response;
}

function contentSecurityPolicy(nonce: string, development: boolean, secure: boolean): string {
  // React's development build evaluates strings to show the server's stack, and Next's overlay brings styles of its own.
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    `style-src-elem 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws: wss:' : ''}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(secure ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}

// What passes here is held in memory, up to a bound that next.config.js sets; a batch of records or a proof that is brought is larger, needs no policy for
// scripts, and would be cut without a word. Tiles are cached by others, for which they say so themselves: what is set here goes before what a route sets.
export const config = { matcher: ['/((?!_next/static/|api/v1/records$|api/v1/comparisons$|api/tlog/).*)'] };

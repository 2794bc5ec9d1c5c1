import 'server-only';
import { randomUUID } from 'node:crypto';
import NextAuth from 'next-auth';
import { recordDoorRefusal } from '@/lib/access-log/record-refusal';
import { isFromOwnPage, ownAddress } from '@/lib/auth/check-origin';
import { clientAddress } from '@/lib/auth/client-address';
import { isFromAnotherSite } from '@/lib/auth/foreign-visit';
import { refusalResponse } from '@/lib/auth/route';
import { readCookie } from '@/lib/auth/session-cookie';
import { TooManyError } from '@/lib/auth/too-many-error';
import { env, tellAddressToNextAuth } from '@/lib/env';
import { ERRORS, type ErrorCode, RefusalError } from '@/lib/schema/errors';
import { checkQuestion } from './identity-provider';
import { signInOptions, targetCookieName } from './sign-in-options';

/** What of next-auth is reachable; the rest (a log that anyone may write, changing a session from the browser) answers 404. */
const OPEN: Record<string, readonly string[]> = {
  GET: ['csrf', 'providers', 'session', 'signin', 'callback', 'error'],
  POST: ['signin', 'callback', 'signout'],
};

type Context = { params: Promise<{ nextauth: string[] }> };

/** The door of next-auth, with statuses that mean what happened: 401 a wrong pair, 429 too many attempts, 503 a sign-in that could not be recorded. */
export async function handleSignIn(request: Request, context: Context): Promise<Response> {
  try {
    const [action = ''] = (await context.params).nextauth;
    if (!OPEN[request.method]?.includes(action)) throw new RefusalError('not_found');
    if (request.method === 'POST' && !isFromOwnPage(request.headers)) await refuseStranger(request, action);
    tellAddressToNextAuth();
    if (request.method === 'POST' && action === 'signin') {
      checkQuestion(new URL(request.url).searchParams);
      const elsewhere = await underItsName(request);
      if (elsewhere !== null) return Response.json({ url: elsewhere }, { headers: { 'Cache-Control': 'private, no-store' } });
    }
    const answer: Response = await NextAuth(request as never, context as never, signInOptions(request.headers));
    return await told(answer, request);
  } catch (error) {
    return refusalResponse(error instanceof SyntaxError ? new RefusalError('json_syntax') : error, randomUUID());
  }
}

async function refuseStranger(request: Request, action: string): Promise<never> {
  const address = clientAddress(request.headers);
  await recordDoorRefusal({ code: 'origin_mismatch', viewer: null, address, permission: 'public', screen: `/api/auth/${action}` });
  throw new RefusalError('origin_mismatch');
}

/**
 * The provider knows one address of ours and leads back to it, where the cookies of another name would be missing. Whoever came by such a name is
 * shown the sign-in page of the right one. @returns its address, null where the person is there
 */
async function underItsName(request: Request): Promise<string | null> {
  const named = new URL(env().PUBLIC_URL).origin;
  if (request.headers.get('origin') === named) return null;
  const wanted = new URLSearchParams(await request.clone().text()).get('callbackUrl');
  return `${named}/sign-in${thenOf(wanted)}`;
}

/** The page that was asked for, for the sign-in page: its path alone, whatever site it was said to be on. */
function thenOf(wanted: string | null | undefined): string {
  if (!wanted || !URL.canParse(wanted, env().PUBLIC_URL)) return '';
  const { pathname, search } = new URL(wanted, env().PUBLIC_URL);
  return pathname === '/' || pathname === '/sign-in' ? '' : `?then=${encodeURIComponent(pathname + search)}`;
}

async function told(answer: Response, request: Request): Promise<Response> {
  const ownOrigin = ownAddress(request.headers);
  const headers = new Headers(answer.headers);
  headers.set('Cache-Control', 'private, no-store');
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  const body = isJson ? await answer.text() : null;
  const target = isJson ? (JSON.parse(body || '{}') as { url?: string }).url : headers.get('location');
  if (typeof target === 'string') {
    const [code, wait] = new URL(target, env().PUBLIC_URL).searchParams.get('error')?.split('.') ?? [];
    const refusal = isJson ? refusalOf(code, wait) : null;
    if (refusal !== null) return problemWithUrl(refusal, `${ownOrigin}/sign-in?error=${code}${wait === undefined ? '' : `.${wait}`}`);
    // Our own addresses lead back to the name by which the person came, which need not be that of PUBLIC_URL.
    const named = new URL(env().PUBLIC_URL).origin;
    const own = target.startsWith(`${named}/`) ? ownOrigin + target.slice(named.length) : target;
    if (isJson) return new Response(JSON.stringify({ url: own }), { status: answer.status, headers });
    const location = keepTarget(own, request.headers);
    if (request.method === 'GET' && isFromAnotherSite(request.headers) && location.startsWith(`${ownOrigin}/`))
      return leadOn(location, headers);
    headers.set('location', location);
  }
  return new Response(body ?? answer.body, { status: answer.status, headers });
}

/**
 * A redirect at the end of a chain through the provider is another site's doing to a browser, and the page would ask whether to go on
 * (lib/auth/foreign-visit). This page leads there as its own, and nobody gets it without a completed sign-in.
 */
function leadOn(location: string, headers: Headers): Response {
  const to = location.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  headers.delete('location');
  headers.set('Content-Type', 'text/html; charset=utf-8');
  const head = `<meta charset="utf-8"><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="0;url=${to}"><title>Signed in</title>`;
  return new Response(`<!doctype html><html lang="en">${head}<p><a href="${to}">Signed in. Continue to Holdfast</a></p></html>`, {
    headers,
  });
}

/** A sign-in that failed at the provider keeps the page that was asked for. next-auth has it in a cookie, and forgets it on its way to the sign-in page. */
function keepTarget(location: string, sent: Headers): string {
  const url = new URL(location, env().PUBLIC_URL);
  const error = url.searchParams.get('error');
  if (url.pathname !== '/sign-in' || error === null) return location;
  const then = thenOf(new URLSearchParams(`wanted=${readCookie(sent.get('cookie'), targetCookieName()) ?? ''}`).get('wanted'));
  return `/sign-in${then}${then === '' ? '?' : '&'}error=${encodeURIComponent(error)}`;
}

function refusalOf(code: string | undefined, wait: string | undefined): RefusalError | null {
  if (code === 'CredentialsSignin') return new RefusalError('unauthenticated', 'The address and the password do not belong together.');
  if (code === undefined || !(code in ERRORS)) return null;
  return code === 'rate_limited' ? new TooManyError(Number(wait)) : new RefusalError(code as ErrorCode);
}

/** next-auth's own client reads the error from the address that it is given; ours reads the problem. */
async function problemWithUrl(refusal: RefusalError, url: string): Promise<Response> {
  const answer = refusalResponse(refusal, randomUUID());
  return new Response(JSON.stringify({ ...(await answer.json()), url }), { status: answer.status, headers: answer.headers });
}

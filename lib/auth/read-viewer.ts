import 'server-only';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { authenticateKey, soleAuthorization } from './authenticate-key';
import { clientAddress } from './client-address';
import { overrideStatus } from './request-context';
import { openSessionCookie, readCookie, sessionCookieName } from './session-cookie';
import { findLiveSession } from './sessions';
import type { Viewer } from './viewer';

/**
 * Who makes an API request: a read key where an Authorization header is sent, else the session of the cookie.
 * @returns null where neither is good; which of the reasons it was is not told.
 */
export async function readViewer(request: Request, options: { background?: boolean } = {}): Promise<Viewer | null> {
  const address = clientAddress(request.headers);
  const authorization = soleAuthorization(request.headers);
  if (authorization === undefined)
    return sessionViewer(readCookie(request.headers.get('cookie'), sessionCookieName()), address, options.background);
  const key = await authenticateKey(authorization);
  if (key === null || key.kind !== 'read') return null;
  const person = { id: key.keyId, name: key.name, email: '', zone: 'UTC' };
  return { person, sessionId: null, keyId: key.keyId, keyLedgerId: key.ledgerId, confirmedAt: null, address };
}

/** For pages: the person who is signed in, or off to the sign-in and back. */
export async function requireViewer(): Promise<Viewer> {
  const sent = await headers();
  const viewer = await sessionViewer((await cookies()).get(sessionCookieName())?.value, clientAddress(sent));
  if (viewer !== null) return viewer;
  const then = sent.get('x-holdfast-path');
  redirect(then === null || then === '/' ? '/sign-in' : `/sign-in?then=${encodeURIComponent(then)}`);
}

async function sessionViewer(cookie: string | undefined, address: string | null, background?: boolean): Promise<Viewer | null> {
  const id = await openSessionCookie(cookie);
  const session = id === null ? null : await findLiveSession(id, { background }).catch(unasked);
  if (session === null) return null;
  const { user } = session;
  return {
    person: { id: user.id, name: user.name, email: user.email, zone: user.zone },
    sessionId: session.id,
    keyId: null,
    keyLedgerId: null,
    confirmedAt: session.confirmed_at,
    address,
  };
}

/** Where sessions cannot be asked nothing could be recorded either: that is told as what it is. */
function unasked(error: unknown): never {
  log.error({ err: error }, 'a session could not be checked');
  overrideStatus(503, { 'Retry-After': '1' });
  throw new RefusalError('audit_unavailable', 'The session could not be checked, so nothing is shown.');
}

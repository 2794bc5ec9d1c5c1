import 'server-only';
import type { AccessActor } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { recordedChange } from '@/lib/access-log/audited-change';
import { networkOf } from '@/lib/auth/client-address';
import { verifyPassword } from '@/lib/auth/password';
import { revokeSession, startSession } from '@/lib/auth/sessions';
import { releaseAttempt, reserveAttempt } from '@/lib/auth/sign-in-throttle';
import { TooManyError } from '@/lib/auth/too-many-error';
import { prisma } from '@/lib/db';
import { log } from '@/lib/log';
import type { User } from '@/prisma/generated/client';

export interface SignInSource {
  address: string | null;
  browser: string | null;
}

export type FailureReason =
  | 'unknown_account'
  | 'wrong_password'
  | 'disabled'
  | 'throttled'
  | 'unverified_email'
  | 'bound_to_another_identity';

/** Nobody has shown yet to be the account that was tried, so that no failure is written under its name; the account is what was tried. */
export async function recordFailure(
  source: SignInSource,
  user: Pick<User, 'email'> | null,
  method: 'password' | 'oidc' | 'confirmation',
  reason: FailureReason,
): Promise<void> {
  await appendAccess({ id: 'anonymous', type: 'user', address: source.address }, null, {
    action: 'sign_in_failed',
    screen: '/sign-in',
    outcome: 'failure',
    ...(user === null ? {} : { resource: { type: 'user', id: user.email } }),
    details: { method, reason },
  });
}

/**
 * @returns the new session, or null where the pair is not right; no answer and no amount of work tells whether there is such an account.
 * @throws TooManyError; RefusalError audit_unavailable: a sign-in that cannot be recorded does not take place.
 */
export async function signInWithPassword(
  given: { email: string; password: string },
  source: SignInSource,
  now: Date = new Date(),
): Promise<{ userId: string; sessionId: string } | null> {
  // U+0000 is in no address, and no text that holds it can be asked about.
  const email = given.email.trim().toLowerCase().slice(0, 256).replaceAll('\0', '\u{fffd}');
  const attempt = { email, address: source.address };
  const user = await prisma().user.findUnique({ where: { email } });
  try {
    await reserveAttempt(attempt, now);
  } catch (error) {
    if (error instanceof TooManyError) {
      // An address that has to wait names as many accounts as it likes, at no cost: those are one record a minute together.
      const whose = error.counted === 'address' ? '' : email;
      const from = source.address === null ? '' : networkOf(source.address);
      if (isFirstOfMinute(`${whose}\n${from}`, now)) await recordFailure(source, user, 'password', 'throttled');
    }
    throw error;
  }
  const usable = user !== null && user.disabled_at === null ? user.password_hash : null;
  if (!(await verifyPassword(usable, given.password))) {
    await recordFailure(
      source,
      user,
      'password',
      user === null ? 'unknown_account' : user.disabled_at === null ? 'wrong_password' : 'disabled',
    );
    return null;
  }
  return openSession(user!, source, 'password', now, { attempt });
}

/** Starts a session together with its record. */
export async function openSession(
  user: User,
  source: SignInSource,
  method: 'password' | 'oidc',
  now: Date,
  also: { attempt?: { email: string; address: string | null }; bindSubject?: string; confirmedAt?: Date; replaces?: string } = {},
): Promise<{ userId: string; sessionId: string }> {
  const actor: AccessActor = {
    id: user.email,
    type: 'user',
    address: source.address,
    details: { user_id: user.id, name: user.name },
  };
  const record = (started: { sessionId: string; replaced: boolean }) => ({
    action: 'signed_in' as const,
    screen: '/sign-in',
    resource: { type: 'session', id: started.sessionId },
    details: {
      method,
      ...(also.bindSubject === undefined ? {} : { identity_bound: true }),
      ...(started.replaced ? { replaced_session: also.replaces } : {}),
    },
  });
  return recordedChange(actor, null, record, async (tx) => {
    if (also.attempt !== undefined) await releaseAttempt(tx, also.attempt, now);
    const bound = also.bindSubject === undefined ? {} : { oidc_subject: also.bindSubject };
    await tx.user.update({ where: { id: user.id }, data: { last_seen_at: now, ...bound } });
    const sessionId = await startSession(
      tx,
      { userId: user.id, ...source, ...(also.confirmedAt && { confirmedAt: also.confirmedAt }) },
      now,
    );
    const replaced = also.replaces !== undefined && (await revokeSession(tx, also.replaces, now));
    return { userId: user.id, sessionId, replaced };
  });
}

/** Ends the session even where that cannot be recorded: whoever leaves must be able to. */
export async function signOut(sessionId: string, now: Date = new Date()): Promise<void> {
  const session = await prisma().session.findUnique({ where: { id: sessionId }, include: { user: true } });
  if (session === null || session.revoked_at !== null) return;
  const { user } = session;
  const actor: AccessActor = {
    id: user.email,
    type: 'user',
    sessionId,
    address: session.address,
    details: { user_id: user.id, name: user.name },
  };
  try {
    await recordedChange(actor, null, { action: 'signed_out', screen: '/sign-out', resource: { type: 'session', id: sessionId } }, (tx) =>
      revokeSession(tx, sessionId, now),
    );
  } catch (error) {
    log.error({ err: error }, 'a sign-out could not be recorded');
    await revokeSession(prisma(), sessionId, now);
  }
}

const noted = new Map<string, number>();

/** Attempts that have to wait are recorded once a minute: they cost nothing to make. */
function isFirstOfMinute(key: string, now: Date): boolean {
  if (now.getTime() - (noted.get(key) ?? 0) < 60_000) return false;
  if (noted.size >= 10_000) noted.clear();
  noted.set(key, now.getTime());
  return true;
}

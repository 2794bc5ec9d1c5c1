import 'server-only';
import { actorOf } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { checkNewPassword, hashPassword, verifyPassword } from '@/lib/auth/password';
import { revokeSession, revokeSessionsOf } from '@/lib/auth/sessions';
import { releaseAttempt, reserveAttempt } from '@/lib/auth/sign-in-throttle';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';
import type { ConfirmationWays } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';
import { identityProviderName } from './identity-provider';
import { recordFailure } from './sign-in';

const SCREEN = '/settings/account';

/**
 * Sets the own password and ends every other session.
 * @throws RefusalError forbidden at /current; TooManyError; those of checkNewPassword at /next
 */
export async function changePassword(
  viewer: Viewer,
  given: { current: string; next: string },
  now: Date = new Date(),
): Promise<{ sessions_ended: number }> {
  checkNewPassword(given.next, viewer.person.email, '/next');
  await provePassword(viewer, given.current, '/current', now);
  if (given.next === given.current) throw new RefusalError('format', 'The new password is the present one.', '/next');
  const password_hash = await hashPassword(given.next);
  const record = (ended: number) => ({ action: 'password_changed' as const, screen: SCREEN, details: { sessions_ended: ended } });
  const sessions_ended = await recordedChange(actorOf(viewer, null), null, record, async (tx) => {
    await releaseAttempt(tx, { email: viewer.person.email, address: viewer.address }, now);
    await tx.user.update({ where: { id: viewer.person.id }, data: { password_hash, password_changed_at: now } });
    // Whoever had a link to set this password has none now.
    await tx.oneTimeLink.updateMany({ where: { user_id: viewer.person.id, used_at: null }, data: { used_at: now } });
    await tx.session.update({ where: { id: viewer.sessionId! }, data: { confirmed_at: now } });
    return revokeSessionsOf(tx, viewer.person.id, now, viewer.sessionId!);
  });
  return { sessions_ended };
}

/** How this person can prove again who they are. A question that belongs to a change, and shows nothing but the own account. */
export async function confirmationWays(viewer: Viewer): Promise<ConfirmationWays> {
  const { password_hash, oidc_subject } = await prisma().user.findUniqueOrThrow({ where: { id: viewer.person.id } });
  return { password: password_hash !== null, provider: oidc_subject === null ? null : identityProviderName() };
}

/** Re-authentication: for the next five minutes keys and roles can be changed. @throws as changePassword, at /password */
export async function confirmPassword(
  viewer: Viewer,
  given: { password: string },
  now: Date = new Date(),
): Promise<{ confirmed_until: string }> {
  await provePassword(viewer, given.password, '/password', now);
  const record = { action: 'signed_in' as const, screen: SCREEN, details: { method: 'confirmation' } };
  await recordedChange(actorOf(viewer, null), null, record, async (tx) => {
    await releaseAttempt(tx, { email: viewer.person.email, address: viewer.address }, now);
    await tx.session.update({ where: { id: viewer.sessionId! }, data: { confirmed_at: now } });
  });
  return { confirmed_until: new Date(now.getTime() + 5 * 60_000).toISOString() };
}

/** @throws RefusalError not_found: no living session of this person */
export async function endSession(viewer: Viewer, id: string, now: Date = new Date()): Promise<void> {
  const record = { action: 'session_revoked' as const, screen: SCREEN, resource: { type: 'session', id } };
  await recordedChange(actorOf(viewer, null), null, record, async (tx) => {
    const own = isUuid(id) && (await tx.session.count({ where: { id, user_id: viewer.person.id } })) === 1;
    if (!own || !(await revokeSession(tx, id, now))) throw new RefusalError('not_found', 'There is no such session of yours.');
  });
}

/** @throws RefusalError format at /zone */
export async function changeAccount(viewer: Viewer, change: { zone?: string; name?: string }): Promise<{ name: string; zone: string }> {
  if (change.zone !== undefined && !isZone(change.zone)) throw new RefusalError('format', 'This is not an IANA time zone.', '/zone');
  const record = { action: 'settings_changed' as const, screen: SCREEN, details: { ...change } };
  return recordedChange(actorOf(viewer, null), null, record, (tx) =>
    tx.user.update({ where: { id: viewer.person.id }, data: change, select: { name: true, zone: true } }),
  );
}

/** Counted like an attempt to sign in: a session left open must not be a place to guess from. */
async function provePassword(viewer: Viewer, password: string, pointer: string, now: Date): Promise<void> {
  const { password_hash, email } = await prisma().user.findUniqueOrThrow({ where: { id: viewer.person.id } });
  if (password_hash === null)
    throw new RefusalError('conflict', 'This account has no password: sign in again with your identity provider.', pointer);
  await reserveAttempt({ email, address: viewer.address }, now);
  if (await verifyPassword(password_hash, password)) return;
  await recordFailure({ address: viewer.address, browser: null }, { email }, 'confirmation', 'wrong_password');
  throw new RefusalError('forbidden', 'This is not the present password.', pointer);
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(zone);
  } catch {
    return false;
  }
}

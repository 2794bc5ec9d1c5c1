import 'server-only';
import { prisma } from '@/lib/db';
import { openSession, recordFailure, type SignInSource } from './sign-in';

/** What an OpenID Connect provider says about a person (OpenID Connect Core 1.0, section 5.1). */
export interface IdentityClaims {
  iss: string;
  sub: string;
  email?: string;
  email_verified?: boolean;
  /** Seconds since 1970 at which the person proved who they are. */
  auth_time?: number;
}

/**
 * Only people who are known here: by the subject that their account is bound to, or, once, by the verified address. An address alone is never enough
 * again: it can be given to somebody else.
 * @param replaces id of the session that the browser came with: it ends, so that signing in again leaves none behind.
 * @returns null where the person is not let in; the reason is in the access ledger.
 */
export async function signInWithIdentity(
  claims: IdentityClaims,
  source: SignInSource,
  now: Date = new Date(),
  replaces: string | null = null,
): Promise<{ userId: string; sessionId: string } | null> {
  const subject = `${claims.iss}#${claims.sub}`;
  const email = claims.email?.trim().toLowerCase();
  const bound = await prisma().user.findUnique({ where: { oidc_subject: subject } });
  const user = bound ?? (email === undefined ? null : await prisma().user.findUnique({ where: { email } }));
  const reason =
    user === null
      ? 'unknown_account'
      : user.disabled_at !== null
        ? 'disabled'
        : bound === null && user.oidc_subject !== null
          ? 'bound_to_another_identity'
          : bound === null && claims.email_verified !== true
            ? 'unverified_email'
            : null;
  if (user === null || reason !== null) {
    await recordFailure(source, user, 'oidc', reason ?? 'unknown_account');
    return null;
  }
  return openSession(user, source, 'oidc', now, {
    confirmedAt: provenAt(claims, now),
    ...(bound === null ? { bindSubject: subject } : {}),
    ...(replaces === null ? {} : { replaces }),
  });
}

/** A provider that remembers its visitor has not asked for a password now; one that does not say when it did counts as never. */
function provenAt({ auth_time }: IdentityClaims, now: Date): Date {
  return new Date(typeof auth_time === 'number' && Number.isFinite(auth_time) ? Math.min(auth_time * 1000, now.getTime()) : 0);
}

import 'server-only';
import { decode } from 'next-auth/jwt';
import { env } from '@/lib/env';

/** Absolute life of a session; the cookie never outlives it. */
export const SESSION_HOURS = 12;

/** @throws Error where AUTH_SECRET is not set: there are no sessions then. */
export function authSecret(): string {
  const secret = env().AUTH_SECRET;
  if (secret === undefined) throw new Error('AUTH_SECRET is not set: sign-in needs 32 characters or more.');
  return secret;
}

export function isSecure(): boolean {
  return env().PUBLIC_URL.startsWith('https:');
}

/** `__Host-`: browsers take it over TLS only, for this host alone, from no subdomain. @see RFC 6265bis, section 4.1.3.2 */
export function sessionCookieName(): string {
  return isSecure() ? '__Host-holdfast.session' : 'holdfast.session';
}

/** The session's id from a sealed cookie; null where it is absent, not ours, altered or past its end. The row decides the rest. */
export async function openSessionCookie(value: string | undefined): Promise<string | null> {
  if (value === undefined || value === '' || value.length > 4096) return null;
  try {
    const token = await decode({ token: value, secret: authSecret() });
    return typeof token?.sid === 'string' ? token.sid : null;
  } catch {
    return null;
  }
}

/** The first cookie of that name; malformed pairs are passed over. */
export function readCookie(header: string | null, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
}

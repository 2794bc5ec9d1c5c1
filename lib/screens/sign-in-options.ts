import 'server-only';
import type { AuthOptions, User } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import type { Provider } from 'next-auth/providers/index';
import { clientAddress } from '@/lib/auth/client-address';
import { authSecret, isSecure, openSessionCookie, readCookie, SESSION_HOURS, sessionCookieName } from '@/lib/auth/session-cookie';
import { findLiveSession } from '@/lib/auth/sessions';
import { log } from '@/lib/log';
import { isRefusal } from '@/lib/schema/errors';
import { identityProvider } from './identity-provider';
import { type SignInSource, signInWithPassword, signOut } from './sign-in';
import { type IdentityClaims, signInWithIdentity } from './sign-in-with-identity';

/** What next-auth carries from a sign-in into the cookie: nothing but which session it is. */
interface SignedIn extends User {
  sid?: string;
}

/** @param headers of the request that signs in. */
export function signInOptions(headers: Headers): AuthOptions {
  const source: SignInSource = { address: clientAddress(headers), browser: headers.get('user-agent') };
  return {
    secret: authSecret(),
    useSecureCookies: isSecure(),
    session: { strategy: 'jwt', maxAge: SESSION_HOURS * 3600 },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    cookies: cookieOptions(),
    providers: [passwordProvider(source), ...identityProvider()],
    callbacks: {
      async signIn({ user, account, profile }) {
        if (account?.provider !== 'oidc') return true;
        const held = await openSessionCookie(readCookie(headers.get('cookie'), sessionCookieName()));
        const started = await signInWithIdentity(profile as unknown as IdentityClaims, source, new Date(), held).catch(tellCode);
        (user as SignedIn).sid = started?.sessionId;
        return started !== null;
      },
      async jwt({ token, user }) {
        if (user !== undefined) return { sid: (user as SignedIn).sid };
        if (typeof token.sid !== 'string' || (await findLiveSession(token.sid, { background: true })) === null)
          throw new Error('the session is over');
        return { sid: token.sid };
      },
      async session({ session }) {
        return { expires: session.expires };
      },
    },
    events: {
      async signOut({ token }) {
        if (typeof token?.sid === 'string') await signOut(token.sid);
      },
    },
    logger: {
      error: (code, told) => void (code === 'JWT_SESSION_ERROR' || log.warn({ code, reason: reasonOf(told) }, 'next-auth')),
      warn: (code) => log.warn({ code }, 'next-auth'),
      debug: () => {},
    },
  };
}

function passwordProvider(source: SignInSource): Provider {
  return Credentials({
    id: 'credentials',
    credentials: { email: { type: 'email' }, password: { type: 'password' } },
    async authorize(given) {
      const { email, password } = given ?? {};
      if (typeof email !== 'string' || typeof password !== 'string') return null;
      const started = await signInWithPassword({ email, password }, source).catch(tellCode);
      return started === null ? null : { id: started.userId, sid: started.sessionId };
    },
  });
}

const cookieName = (part: string) => `${isSecure() ? '__Host-' : ''}holdfast.${part}`;

/** Where next-auth keeps the address that a sign-in leads to. */
export const targetCookieName = (): string => cookieName('callback');

function cookieOptions(): AuthOptions['cookies'] {
  const secure = isSecure();
  const name = cookieName;
  const options = { httpOnly: true, sameSite: 'lax' as const, path: '/', secure };
  const short = { ...options, maxAge: 15 * 60 };
  return {
    sessionToken: { name: sessionCookieName(), options },
    csrfToken: { name: name('csrf'), options },
    callbackUrl: { name: targetCookieName(), options },
    pkceCodeVerifier: { name: name('pkce'), options: short },
    state: { name: name('state'), options: short },
    nonce: { name: name('nonce'), options: short },
  };
}

/** What went wrong, without what it went wrong with: after the first clause a message can quote tokens and profiles. */
function reasonOf(told: unknown): string | undefined {
  const error = told instanceof Error ? told : (told as { error?: unknown } | null | undefined)?.error;
  return error instanceof Error ? error.message.split(/[,:(]/, 1)[0]!.trim().slice(0, 80) : undefined;
}

/** next-auth hands on the message of what is thrown: the code, with the seconds to wait where there are some. */
function tellCode(error: unknown): never {
  if (!isRefusal(error)) {
    log.error({ err: error }, 'a sign-in failed');
    throw new Error('internal');
  }
  const wait = 'retryAfter' in error ? `.${error.retryAfter}` : '';
  throw new Error(`${error.code}${wait}`);
}

import type { BrowserContext, Page } from 'playwright/test';
import type { Role } from '@/lib/schema/vocabulary';
import { accountOf, ONE_CALL, OWN_PAGE, origin } from './installation';

const SESSION = 'holdfast.session';

/** What next-auth's own client sends. The answer carries the session's cookie where the pair was right. */
export async function trySignIn(email: string, password: string): Promise<Response> {
  const asked = await fetch(`${origin}/api/auth/csrf`, { headers: ONE_CALL });
  const { csrfToken } = (await asked.json()) as { csrfToken: string };
  const cookie = asked.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ');
  return fetch(`${origin}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...OWN_PAGE, cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrfToken, email, password, json: 'true', callbackUrl: origin }),
  });
}

/** Waits where a test before has failed to sign in from this address, as a person would have to. @returns the value of the session's cookie */
export async function newSession(email: string, password: string): Promise<string> {
  let answer = await trySignIn(email, password);
  for (let i = 0; i < 5 && answer.status === 429; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(answer.headers.get('retry-after') ?? 1)));
    answer = await trySignIn(email, password);
  }
  const value = answer.headers
    .getSetCookie()
    .find((set) => set.startsWith(`${SESSION}=`))
    ?.split(';')[0]
    ?.slice(SESSION.length + 1);
  if (answer.status !== 200 || !value) throw new Error(`${email} could not sign in: ${answer.status} ${await answer.text()}`);
  return value;
}

/** Keys and roles are changed only while the password was entered less than five minutes ago. */
const FRESH_MS = 4 * 60_000;
const sessions = new Map<Role, { session: Promise<string>; since: number }>();

/** One session a role for all tests that do not end it, for as long as it may change everything that the role may. */
export function sessionOf(role: Role): Promise<string> {
  const known = sessions.get(role);
  if (known !== undefined && Date.now() - known.since < FRESH_MS) return known.session;
  const { email, password } = accountOf(role);
  const session = newSession(email, password);
  sessions.set(role, { session, since: Date.now() });
  return session;
}

/** For tests in which nobody can sign in for a while. */
export async function renewSessions(...roles: Role[]): Promise<void> {
  sessions.clear();
  await Promise.all(roles.map(sessionOf));
}

export function asCookie(session: string): { cookie: string } {
  return { cookie: `${SESSION}=${session}` };
}

export async function giveSession(context: BrowserContext, session: string): Promise<void> {
  await context.addCookies([{ name: SESSION, value: session, url: origin, httpOnly: true, sameSite: 'Lax' }]);
}

export async function enterAs(page: Page, role: Role): Promise<void> {
  await giveSession(page.context(), await sessionOf(role));
}

interface Asked {
  method?: string;
  body?: unknown;
}

/** A call of the API by one of our own pages. */
export async function callAs(role: Role, path: string, init: Asked = {}): Promise<Response> {
  return callWith(await sessionOf(role), path, init);
}

/** The same for whoever has that session. */
export function callWith(session: string, path: string, init: Asked = {}): Promise<Response> {
  return fetch(origin + path, {
    method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...asCookie(session),
      ...OWN_PAGE,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: init.body === undefined ? undefined : JSON.stringify(init.body),
  });
}

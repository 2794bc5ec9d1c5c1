import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { expect, type Page } from 'playwright/test';

/** What the provider says about an account; changed by tests between two sign-ins. */
export interface Claims {
  email: string;
  email_verified: boolean;
}

export interface IdentityProvider {
  issuer: string;
  /** By subject. */
  accounts: Map<string, Claims>;
  /** Parameters of every request for authorization that reached it. */
  asked: URLSearchParams[];
  /** Nothing gets an answer from it while this runs. */
  whileAway(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export const CLIENT = { id: 'holdfast', secret: 'a secret between the two of them' };

/**
 * A certified OpenID provider on a loopback port, with the rules of the standard as it comes: the address is told at the userinfo endpoint alone, PKCE is
 * required, its own session outlives a sign-in. Its page asks for a subject where others ask for a password.
 * @param redirectUri of the one client that it knows.
 */
export async function startIdentityProvider(redirectUri: string): Promise<IdentityProvider> {
  const accounts = new Map<string, Claims>();
  const asked: URLSearchParams[] = [];
  let away = false;
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  const server = createServer((request, response) => {
    if (away) return void request.destroy();
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  // 127.0.0.1 beside the installation's localhost: two sites, as in life.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const provider: Provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    jwks: { keys: [privateKey.export({ format: 'jwk' }) as JsonWebKey] },
    cookies: { keys: ['a key for cookies that live as long as a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/login/${uid}` },
    findAccount: (_context, subject) => {
      const claims = accounts.get(subject);
      return claims && { accountId: subject, claims: () => ({ sub: subject, ...claims }) };
    },
    // Nobody is asked for consent: it is their organisation's own provider.
    async loadExistingGrant({ oidc }) {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const protocol = provider.callback();

  answer = async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/auth') asked.push(url.searchParams);
    if (!url.pathname.startsWith('/login/')) return protocol(request, response);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(LOGIN_PAGE);
      return;
    }
    const accountId = new URLSearchParams(await text(request)).get('subject');
    const result = accountId
      ? { login: { accountId } }
      : { error: 'access_denied', error_description: 'The person went back (and took <b>nothing</b> along).' };
    await provider.interactionFinished(request, response, result);
  };
  return {
    issuer,
    accounts,
    asked,
    async whileAway(work) {
      away = true;
      await work().finally(() => {
        away = false;
      });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const LOGIN_PAGE = `<!doctype html><title>The provider</title><h1>The provider</h1>
<form method="post"><label>Subject <input name="subject"></label> <button>Continue</button> <button name="subject" value="">Cancel</button></form>`;

/** At the provider's page: what a password is elsewhere. */
export async function proveAtProvider(page: Page, subject: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'The provider' })).toBeVisible();
  await page.getByLabel('Subject').fill(subject);
  await page.getByRole('button', { name: 'Continue' }).click();
}

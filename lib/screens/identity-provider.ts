import 'server-only';
import type { Provider } from 'next-auth/providers/index';
import { SESSION_HOURS } from '@/lib/auth/session-cookie';
import { env } from '@/lib/env';
import { RefusalError } from '@/lib/schema/errors';
import type { IdentityClaims } from './sign-in-with-identity';

/** What a page may add to the question that the person is sent to the provider with: to prove who they are now, however long they have been known there. */
const AGAIN: Record<string, string> = { prompt: 'login', max_age: '0' };

/** What the provider is called on our pages; null where none is configured. */
export function identityProviderName(): string | null {
  const { OIDC_ISSUER } = env();
  return OIDC_ISSUER === undefined ? null : new URL(OIDC_ISSUER).hostname;
}

/** On where the issuer and its client are configured. */
export function identityProvider(): Provider[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env();
  if (OIDC_ISSUER === undefined) return [];
  return [
    {
      id: 'oidc',
      name: new URL(OIDC_ISSUER).hostname,
      type: 'oauth',
      issuer: OIDC_ISSUER,
      wellKnown: `${OIDC_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`,
      // max_age makes the provider say when the person proved who they are (OpenID Connect Core 1.0, section 3.1.2.1).
      authorization: { params: { scope: 'openid email profile', max_age: SESSION_HOURS * 3600 } },
      idToken: true,
      checks: ['pkce', 'state', 'nonce'],
      clientId: OIDC_CLIENT_ID,
      clientSecret: OIDC_CLIENT_SECRET,
      userinfo: {
        async request({ client, tokens }) {
          // Declared as its bare parameters; it is the set that the library has checked.
          const checked = tokens as Exclude<Parameters<typeof client.userinfo>[0], string>;
          const claims = checked.claims();
          // In an ID token the address is a courtesy; where it must be told is the userinfo endpoint (section 5.4). The library compares the subjects.
          const told = claims.email !== undefined || client.issuer.metadata.userinfo_endpoint === undefined;
          const { email, email_verified } = told ? claims : await client.userinfo(checked);
          return { iss: claims.iss, sub: claims.sub, auth_time: claims.auth_time, email, email_verified };
        },
      },
      profile: (claims: IdentityClaims) => ({ id: claims.sub }),
    },
  ];
}

/**
 * next-auth hands on to the provider whatever stands in the address.
 * @throws RefusalError unknown_field
 */
export function checkQuestion(query: URLSearchParams): void {
  for (const [name, value] of query) if (AGAIN[name] !== value) throw new RefusalError('unknown_field');
}

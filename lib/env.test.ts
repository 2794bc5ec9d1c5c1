import { afterEach, expect, it, vi } from 'vitest';
import { env } from './env';

afterEach(() => vi.unstubAllEnvs());

function withProvider(settings: { OIDC_ISSUER?: string; OIDC_CLIENT_ID?: string; OIDC_CLIENT_SECRET?: string }) {
  vi.stubEnv('DATABASE_URL', 'postgresql://x');
  for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const) vi.stubEnv(name, settings[name] ?? '');
  return env();
}
const client = { OIDC_CLIENT_ID: 'id', OIDC_CLIENT_SECRET: 'secret' };

it('takes an identity provider over TLS, and in the clear on this machine alone', () => {
  for (const OIDC_ISSUER of ['https://id.example/tenant', 'http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000'])
    expect(withProvider({ OIDC_ISSUER, ...client }).OIDC_ISSUER).toBe(OIDC_ISSUER);
  for (const OIDC_ISSUER of [
    'http://id.example',
    'http://127.0.0.1.id.example',
    'http://localhost.id.example',
    'ftp://localhost',
    'id.example',
  ])
    expect(() => withProvider({ OIDC_ISSUER, ...client }), OIDC_ISSUER).toThrow('OIDC_ISSUER');
});

it('does not start with part of an identity provider, and names what is missing', () => {
  expect(withProvider({}).OIDC_ISSUER).toBeUndefined();
  expect(() => withProvider({ OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'id' })).toThrow(/OIDC_CLIENT_SECRET: missing/);
  expect(() => withProvider(client)).toThrow(/OIDC_ISSUER: missing/);
});

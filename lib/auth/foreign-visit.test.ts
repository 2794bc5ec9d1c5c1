import { NextRequest } from 'next/server';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { proxy } from '@/proxy';

const ORIGIN = 'http://ledger.test:3000';
beforeAll(() => {
  vi.stubEnv('DATABASE_URL', 'postgresql://app@localhost/none');
  vi.stubEnv('PUBLIC_URL', ORIGIN);
});

const SIGNED_IN = { cookie: 'other=1; holdfast.session=x' };
const FOREIGN = { ...SIGNED_IN, 'sec-fetch-site': 'cross-site' };

/** Where proxy.ts leads a request: another page under the same address, or null for the one that was asked for. */
function ledTo(path: string, headers: Record<string, string>, method = 'GET'): string | null {
  const answer = proxy(new NextRequest(ORIGIN + path, { method, headers }));
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const rewritten = answer.headers.get('x-middleware-rewrite');
  return rewritten === null ? null : new URL(rewritten).pathname;
}

describe('a link from another site', () => {
  it.each([
    '/',
    '/records',
    '/records/0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b?ledger=main',
    '/a-page-that-is-made-tomorrow',
    '/signing',
    '//evil.example/',
  ])('to %s is asked about, under its own address', (path) => {
    expect(ledTo(path, FOREIGN)).toBe('/arrival');
    expect(ledTo(path, FOREIGN, 'HEAD')).toBe('/arrival');
    const answer = proxy(new NextRequest(ORIGIN + path, { headers: { ...FOREIGN, 'x-holdfast-path': '/integrity' } }));
    expect(answer.headers.get('x-middleware-request-x-holdfast-path')).toBe(path);
  });

  it.each([
    '/sign-in?then=%2Frecords',
    '/setup/abc',
    '/docs/api',
    '/docs/errors',
    '/api/auth/callback/oidc?code=x',
    '/icon.svg',
    '/arrival',
  ])('to %s is served: nothing of a ledger is there, or its own door decides', (path) => {
    expect(ledTo(path, FOREIGN)).toBeNull();
  });

  it('is one only where the browser says so, and asks nothing of those who are not signed in', () => {
    for (const site of ['same-origin', 'same-site', 'none']) expect(ledTo('/records', { ...SIGNED_IN, 'sec-fetch-site': site })).toBeNull();
    expect(ledTo('/records', SIGNED_IN)).toBeNull();
    expect(ledTo('/records', { 'sec-fetch-site': 'cross-site' })).toBeNull();
    expect(ledTo('/records', FOREIGN, 'POST')).toBeNull();
  });
});

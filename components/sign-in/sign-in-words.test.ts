import { expect, it } from 'vitest';
import { safeTarget, signInWords } from './sign-in-words';

it('says the same for a wrong password as for an unknown account', () => {
  expect(signInWords('CredentialsSignin')).toBe('Address and password do not match an account.');
});
it('says how long to wait', () => {
  expect(signInWords('rate_limited.30')).toContain('30 seconds');
  expect(signInWords('rate_limited.61')).toContain('2 minutes');
  expect(signInWords('rate_limited')).toContain('a little');
});
it('says that an unrecorded sign-in did not take place', () => {
  expect(signInWords('audit_unavailable')).toContain('did not take place');
});
it('never leads to another site', () => {
  for (const wanted of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/.//evil.example',
    '/records/..//evil.example',
    '/%2e//evil.example',
    '',
    '/sign-in?x=1',
    null,
  ]) {
    expect(safeTarget(wanted)).toBe('/');
  }
  expect(safeTarget('/records?subject=P-1017')).toBe('/records?subject=P-1017');
});

import { expect, it } from 'vitest';
import { maskDetails } from './mask-details';

it('masks strings at any depth, keeps the originals under the pointers of their places, and leaves the given object alone', () => {
  const details = { note: 'Call 212-555-0147', 'a/b~c': [{ ok: true }, 'to jane@example.org'], rows: 3, tool: 'read_chart' };
  const before = structuredClone(details);
  expect(maskDetails(details)).toEqual({
    details: { note: 'Call [phone]', 'a/b~c': [{ ok: true }, 'to [email]'], rows: 3, tool: 'read_chart' },
    originals: { '/note': 'Call 212-555-0147', '/a~1b~0c/1': 'to jane@example.org' },
    labels: ['email', 'phone'],
  });
  expect(details).toEqual(before);
});

it('hands back the very object where nothing is found', () => {
  const details = { tool: 'read_chart', fields: ['allergies'], deep: { version: 'v7', list: [{ n: 1 }] } };
  const masked = maskDetails(details);
  expect(masked.details).toBe(details);
  expect(masked).toMatchObject({ originals: {}, labels: [] });
});

it('takes the name of a member as a word before it', () => {
  expect(maskDetails({ ssn: '536228145', order: '536228145' }).details).toEqual({ ssn: '[ssn]', order: '536228145' });
});

it('a member named __proto__ stays a member', () => {
  const details = JSON.parse('{"__proto__":{"mail":"jane@example.org"}}');
  expect(JSON.stringify(maskDetails(details).details)).toBe('{"__proto__":{"mail":"[email]"}}');
});

it('leaves the record’s own metadata and moments of machines, and no moment of a life', () => {
  const details = {
    approver: 'Jane Roe',
    tool: 'Maria Gonzalez',
    expires_at: '2026-12-01',
    at: '2026-12-01T10:00:00Z',
    date_of_birth: '1961-04-12',
    inner: { approver: 'Jane Roe' },
  };
  expect(maskDetails(details).details).toEqual({ ...details, date_of_birth: '[date]', inner: { approver: '[person_name]' } });
});

it('tells of identifiers in names of members, which stay', () => {
  const details = { counts: { 'jane@example.org': 3 } };
  expect(maskDetails(details)).toEqual({ details, originals: {}, labels: ['email'] });
});

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

it('looks for numbers that belong to nobody’s work in what tells of people and their work', () => {
  const details = {
    approver: 'Jane Roe, jane@example.org',
    ticket: 'Jane Doe SSN 536-22-8145',
    fields: ['allergies', 'card 4111 1111 1111 1111'],
    scope: 'MRN: 12345678',
    tool_call_id: '4111111111111111',
  };
  expect(maskDetails(details)).toMatchObject({
    details: { ...details, ticket: 'Jane Doe SSN [ssn]', fields: ['allergies', 'card [payment_card]'], scope: 'MRN: [mrn]' },
    labels: ['mrn', 'payment_card', 'ssn'],
  });
});

it('tells of identifiers in names of members, which stay', () => {
  const details = { counts: { 'jane@example.org': 3 } };
  expect(maskDetails(details)).toEqual({ details, originals: {}, labels: ['email'] });
});

it('masks whole numbers that are somebody’s by their name, and keeps what they were; quantities and moments stay', () => {
  const counted = {
    total_tokens: 4111111111111111,
    account_balance: 12345678,
    accountUpdatedAt: 1763712000123,
    rows: 94,
    ratio: 0.5,
    amount: 4155550123,
    order: 5103104114556363,
  };
  const details = {
    ...counted,
    patient: { ssn: 536228145, phone: 4155550123, age: 94, mrns: [4829103] },
    card_number: 4111111111111111,
    account_number: 12345678,
  };
  expect(maskDetails(details)).toEqual({
    details: {
      ...counted,
      patient: { ssn: '[ssn]', phone: '[phone]', age: '[age_over_89]', mrns: ['[mrn]'] },
      card_number: '[payment_card]',
      account_number: '[account_number]',
    },
    originals: {
      '/patient/ssn': '536228145',
      '/patient/phone': '4155550123',
      '/patient/age': '94',
      '/patient/mrns/0': '4829103',
      '/card_number': '4111111111111111',
      '/account_number': '12345678',
    },
    labels: ['account_number', 'age_over_89', 'mrn', 'payment_card', 'phone', 'ssn'],
  });
});

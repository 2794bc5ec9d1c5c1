import { expect, it } from 'vitest';
import type { IntegrityLine } from '@/lib/schema/screens';
import { integrityWords } from './integrity-words';

const now = '2026-11-20T12:00:00Z';
const line: IntegrityLine = {
  state: 'verified',
  verified_to: '48210',
  broken_at: null,
  checked_at: '2026-11-20T11:57:40Z',
  head: '48210',
  verification_id: null,
};

it('says up to where and how long ago', () => {
  expect(integrityWords(line, now)).toEqual({ tone: 'verified', words: 'Verified to #48,210', rest: '2 minutes ago' });
});
it('does not let a verified line stand for records that came later', () => {
  expect(integrityWords({ ...line, head: '48500' }, now).rest).toBe('2 minutes ago · 290 records since');
});
it('is red only for a break, and names the first place', () => {
  expect(integrityWords({ ...line, state: 'broken', broken_at: '1042' }, now)).toEqual({
    tone: 'broken',
    words: 'Broken at #1,042',
    rest: 'found 2 minutes ago',
  });
});
it('does not call an unverified or an empty ledger sound', () => {
  expect(integrityWords({ ...line, state: 'never_verified', checked_at: null, verified_to: null }, now)).toEqual({
    tone: 'pending',
    words: 'Not verified yet',
    rest: '48,211 records',
  });
  expect(integrityWords({ ...line, state: 'empty', head: null }, now).tone).toBe('pending');
});

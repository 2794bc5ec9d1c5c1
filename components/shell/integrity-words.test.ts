import { expect, it } from 'vitest';
import type { AlarmDto, AlarmKind, ProofLine } from '@/lib/schema/proofs';
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
const none: ProofLine = { checkpoint: null, anchor: null, configured: false, alarms: [], incarnation: 1 };
const anchored: ProofLine = {
  ...none,
  configured: true,
  anchor: { kind: 'witness', target: 'Firm', anchored_at: '2026-11-20T11:59:20Z', size: '48211' },
};
const alarm = (kind: AlarmKind, ended_at: string | null = null) => ({ kind, raised_at: now, ended_at }) as AlarmDto;

it('says up to where, how long ago, and how old the newest anchor is', () => {
  expect(integrityWords(line, anchored, now)).toEqual({
    tone: 'verified',
    words: 'Verified to #48,210',
    rest: '2 minutes ago',
    anchor: { words: 'anchored 40 s ago', old: false },
  });
});
it('says nothing of anchors where none is configured, and does not pass over one that has never come', () => {
  expect(integrityWords(line, none, now).anchor).toBeNull();
  expect(integrityWords(line, { ...none, configured: true }, now).anchor).toEqual({ words: 'not anchored yet', old: false });
});
it('does not let a verified line stand for records that came later', () => {
  expect(integrityWords({ ...line, head: '48500' }, none, now).rest).toBe('2 minutes ago · 290 records since');
});
it('is red only for a break, and names the first place', () => {
  expect(integrityWords({ ...line, state: 'broken', broken_at: '1042' }, none, now)).toMatchObject({
    tone: 'broken',
    words: 'Broken at #1,042',
    rest: 'found 2 minutes ago',
  });
});
it('is red while signing is refused or a restored ledger is not settled, and still says what was verified', () => {
  expect(integrityWords(line, { ...anchored, alarms: [alarm('signer_refused')] }, now)).toMatchObject({
    tone: 'broken',
    words: 'Signing refused',
    rest: 'verified to #48,210 · 2 minutes ago',
  });
  expect(integrityWords(line, { ...none, alarms: [alarm('anchor_old'), alarm('new_incarnation')] }, now)).toMatchObject({
    tone: 'broken',
    words: 'Restored behind what was signed',
  });
  expect(integrityWords(line, { ...none, alarms: [alarm('new_incarnation', now)] }, now).tone).toBe('verified');
});
it('is not red for an old anchor or an overdue run, nor for the alarm of a break that is there no more', () => {
  const said = integrityWords(
    line,
    { ...anchored, alarms: [alarm('anchor_old'), alarm('verification_overdue'), alarm('verification_failed')] },
    now,
  );
  expect(said).toMatchObject({ tone: 'verified', anchor: { words: 'anchored 40 s ago', old: true } });
});
it('does not call an unverified or an empty ledger sound', () => {
  expect(integrityWords({ ...line, state: 'never_verified', checked_at: null, verified_to: null }, none, now)).toEqual({
    tone: 'pending',
    words: 'Not verified yet',
    rest: '48,211 records',
    anchor: null,
  });
  expect(integrityWords({ ...line, state: 'empty', head: null }, none, now).tone).toBe('pending');
});

import { expect, it } from 'vitest';
import type { IntegrityLine } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';
import { proofOf } from './proof-of';

const line = (part: Partial<IntegrityLine>): IntegrityLine => ({
  state: 'never_verified',
  verified_to: null,
  broken_at: null,
  checked_at: null,
  head: '100',
  verification_id: null,
  ...part,
});
const run = (part: Partial<VerificationDto>) =>
  ({ state: 'done', verdict: 'valid', head: { seq: '50', integrity_hash: '' }, breaks: [], ...part }) as VerificationDto;

it('proves nothing without a finished run', () => {
  expect(proofOf(null, line({}))('1')).toBe('open');
  expect(proofOf(run({ state: 'running', verdict: null }), line({}))('1')).toBe('open');
});
it('speaks only up to where the run spoke', () => {
  expect(proofOf(run({}), line({}))('50')).toBe('proven');
  expect(proofOf(run({}), line({}))('51')).toBe('open');
  expect(proofOf(null, line({ state: 'verified', verified_to: '9007199254740993' }))('9007199254740993')).toBe('proven');
});
it('marks what a run names, and calls nothing else proven while the ledger is broken', () => {
  const found = run({ verdict: 'tampered', breaks: [{ seq: '7', record_id: null, code: 'body_altered', expected: '', found: '' }] });
  expect(proofOf(found, line({}))('7')).toBe('broken');
  expect(proofOf(found, line({}))('8')).toBe('open');
  expect(proofOf(run({}), line({ state: 'broken', broken_at: '9' }))('9')).toBe('broken');
  expect(proofOf(run({}), line({ state: 'broken', broken_at: '9' }))('8')).toBe('open');
});

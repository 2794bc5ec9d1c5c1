import { expect, it } from 'vitest';
import type { ComparisonDto } from '@/lib/schema/proofs';
import { comparisonWords, ownWords } from './comparison-words';

const comparison = (part: Partial<ComparisonDto>): ComparisonDto => ({
  verdict: 'grew_only',
  what: 'checkpoint',
  origin: 'localhost/clinic',
  size: '1042',
  root: '00',
  signed_at: null,
  now: { number: '9', size: '48211', root: '00' },
  checks: [],
  ...part,
});

it('says how many records stand as they were, and that it speaks of no others', () => {
  expect(comparisonWords(comparison({})).words).toBe('The first 1,042 records stand as your checkpoint says; 47,169 came after them');
  expect(comparisonWords(comparison({ size: '48211' })).words).toBe('The first 48,211 records stand as your checkpoint says');
  expect(comparisonWords(comparison({ size: '1', now: null })).words).toBe('The first 1 record stands as your checkpoint says');
});
it('is red for a contradiction alone', () => {
  expect(comparisonWords(comparison({ verdict: 'contradicted', what: 'bundle' }))).toMatchObject({ tone: 'broken' });
  expect(comparisonWords(comparison({ verdict: 'cannot_verify', what: 'receipt', now: null }))).toEqual({
    tone: 'attention',
    words: 'Nothing can be said by this receipt',
  });
});
it('speaks of a bundle’s checkpoint where that alone was compared, and of an altered bundle in red', () => {
  expect(comparisonWords(comparison({ what: 'bundle', size: '2' })).words).toContain('stand as your bundle’s checkpoint says');
  expect(ownWords({ verdict: 'tampered', records: 2, fault: 'Records were changed.' })).toMatchObject({ tone: 'broken' });
  expect(ownWords({ verdict: 'consistent', records: 1, fault: null }).words).toContain('1 record,');
});

import { expect, it } from 'vitest';
import type { ExportDto } from '@/lib/schema/proofs';
import { evidenceScopeWords, exportWords, formatBytes, isGivenTo } from './export-words';

it('says what a bundle is of', () => {
  expect(evidenceScopeWords({ kind: 'range', from: '0', to: '48210' })).toBe('#0 to #48,210');
  expect(evidenceScopeWords({ kind: 'range', from: '7', to: '7' })).toBe('Record #7');
  expect(evidenceScopeWords({ kind: 'filter', query: 'agent=intake&resource_type=patient_record' })).toBe(
    'Records where agent intake, resource type patient_record',
  );
  expect(evidenceScopeWords({ kind: 'filter', query: '' })).toBe('Every record');
});
it('calls ready only what is done, and gives the reason of a failure', () => {
  const made = (part: Partial<ExportDto>) =>
    ({ state: 'done', records: 27, progress_done: 3, progress_total: 27, error: null, content: null, ...part }) as ExportDto;
  expect(exportWords(made({}))).toEqual({ tone: 'verified', words: 'Ready: 27 records' });
  const content = { purpose: 'audit', note: null, parts: 12, left_out: 2, shredded: 0, unreadable: 0 };
  expect(exportWords(made({ content })).words).toBe('Ready: 27 records, 12 parts of words; 2 parts left out');
  expect(exportWords(made({ state: 'running' })).words).toBe('3 of 27 records');
  expect(exportWords(made({ state: 'failed', error: 'no checkpoint covers it' }))).toEqual({
    tone: 'attention',
    words: 'Failed: no checkpoint covers it',
  });
  for (const state of ['queued', 'cancelled', 'expired', 'shredded'] as const)
    expect(exportWords(made({ state })).tone).not.toBe('verified');
});
it('says sizes with two or three digits', () => {
  expect([0, 1, 999, 1000, 4_210_000, 99_960_000, 999_600_000].map(formatBytes)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1.0 kB',
    '4.2 MB',
    '100 MB',
    '1.0 GB',
  ]);
});
it('offers a file with words to nobody but who asked for it, and one without to everybody', () => {
  const content = { purpose: 'audit', note: null, parts: 1, left_out: 0, shredded: 0, unreadable: 0 };
  const ada = { name: 'Ada', email: 'ada@example.com' };
  const bob = { name: 'Bob', email: 'bob@example.com' };
  const made = { content, requested_by: 'ada@example.com' };
  expect(isGivenTo(made, ada, true)).toBe(true);
  expect(isGivenTo(made, bob, true)).toBe(false);
  expect(isGivenTo(made, ada, false)).toBe(false);
  expect(isGivenTo({ ...made, requested_by: 'Ada' }, { ...ada, email: '' }, true)).toBe(true);
  expect(isGivenTo({ ...made, content: null }, bob, false)).toBe(true);
});

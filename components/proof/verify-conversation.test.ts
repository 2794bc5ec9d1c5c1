import { expect, it } from 'vitest';
import type { RecordVerdict } from '@/lib/chain/verify-record';
import { holesOf, type VerifiedConversation } from './verify-conversation';
import { verdictOfConversation } from './verify-conversation-words';

const record = (seq: string, verdict: RecordVerdict['verdict'], why: 'not_covered' | null = null) => ({
  seq,
  id: seq,
  number: '1',
  result: {
    verdict,
    steps: [{ name: 'proof' as const, outcome: 'passed' as const, why, preimage: '', hash: '', expected: null, parts: [] }],
  },
});
const found = (part: Partial<VerifiedConversation>): VerifiedConversation => ({
  records: [record('5', 'valid'), record('9', 'valid')],
  holes: [],
  strangers: [],
  checkpoint: '48210',
  total: 2,
  more: false,
  ...part,
});

it('sees a hole in the middle, at the start and at the end', () => {
  expect(holesOf([1n, 2n, 5n], 7n)).toEqual([
    ['3', '4'],
    ['6', '7'],
  ]);
  expect(holesOf([3n], null)).toEqual([['1', '2']]);
  expect(holesOf([2n, 1n], 2n)).toEqual([]);
  expect(holesOf([], 2n)).toEqual([['1', '2']]);
});
it('says complete and proven only where every record is', () => {
  expect(verdictOfConversation(found({}))).toEqual({
    tone: 'verified',
    words: '2 of 2 records, complete, proven here under checkpoint 48,210',
  });
  expect(verdictOfConversation(found({ records: [record('5', 'valid'), record('9', 'cannot_verify', 'not_covered')] }))).toEqual({
    tone: 'pending',
    words: '1 of 2 records proven here under checkpoint 48,210; 1 is not covered by a checkpoint yet',
  });
  expect(verdictOfConversation(found({ records: [record('5', 'valid'), record('9', 'cannot_verify')] })).tone).toBe('attention');
});
it('is broken by one record, by a hole, and by a record of another conversation', () => {
  expect(verdictOfConversation(found({ records: [record('1042', 'tampered'), record('9', 'valid')] })).words).toBe(
    'Broken: record #1,042 is not what was signed',
  );
  expect(verdictOfConversation(found({ holes: [['3', '4']] }))).toMatchObject({ tone: 'broken' });
  expect(verdictOfConversation(found({ strangers: ['9'] }))).toMatchObject({ tone: 'broken' });
});

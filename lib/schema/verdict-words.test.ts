import { expect, it } from 'vitest';
import type { VerificationDto } from '@/lib/schema/verification';
import { conversationWords, progressOf, verdictWords } from './verdict-words';

const run = (part: Partial<VerificationDto>) =>
  ({
    state: 'done',
    verdict: 'valid',
    records_checked: 48210,
    records_total: 48210,
    breaks_total: 0,
    breaks: [],
    checks: [],
    checkpoint_number: null,
    error: null,
    ...part,
  }) as VerificationDto;

it('says how many of how many', () => {
  expect(verdictWords(run({}))).toEqual({ tone: 'verified', words: 'Verified: 48,210 of 48,210 records match their seal' });
});
it('names the first place of a break', () => {
  const found = { seq: '1042', record_id: null, code: 'body_altered' as const, expected: '', found: '' };
  expect(verdictWords(run({ verdict: 'tampered', breaks: [found], breaks_total: 1 }))).toEqual({
    tone: 'broken',
    words: 'Broken at #1,042: 1 break in 48,210 records',
  });
});
it('claims nothing about what a cancelled or failed run did not reach', () => {
  expect(verdictWords(run({ state: 'cancelled', verdict: null, records_checked: 10 })).words).toContain('nothing is said about the rest');
  expect(verdictWords(run({ state: 'failed', verdict: null, records_checked: 1, error: 'connection lost' })).tone).toBe('attention');
  expect(verdictWords(run({ verdict: 'empty' })).tone).toBe('pending');
});
it('knows no progress without a total', () => {
  expect(progressOf(run({ records_total: null }))).toBeNull();
  expect(progressOf(run({ records_checked: 1, records_total: 4 }))).toBe(0.25);
});

const included = { name: 'inclusion' as const, outcome: 'passed' as const, say: '' };
it('says under which checkpoint records were proven, only where a run proved that', () => {
  const talk = run({ records_checked: 27, records_total: 27, checkpoint_number: '48210', checks: [included] });
  expect(conversationWords(talk, 0)).toEqual({ tone: 'verified', words: '27 of 27 records, complete, proven under checkpoint 48,210' });
  const unproven = { ...talk, checks: [{ ...included, outcome: 'not_checked' as const }] };
  expect(conversationWords(unproven, 0).words).toBe('Verified: 27 of 27 records match their seal');
});
it('does not call a conversation complete whose sender’s numbers have gaps, nor a broken one proven', () => {
  const talk = run({ records_checked: 27, records_total: 27, checkpoint_number: '48210', checks: [included] });
  expect(conversationWords(talk, 2).words).toBe('27 of 27 records, proven under checkpoint 48,210');
  const found = { seq: '1042', record_id: null, code: 'body_altered' as const, expected: '', found: '' };
  expect(conversationWords({ ...talk, verdict: 'tampered', breaks: [found], breaks_total: 1 }, 0).words).not.toContain('proven');
});

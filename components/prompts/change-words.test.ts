import { expect, it } from 'vitest';
import { approvalWords, changeName } from './change-words';

it('tells a change that nobody else approved apart from one that somebody did', () => {
  expect(approvalWords({ author: 'ann', approver: 'bob' })).toEqual({ tone: 'plain', words: 'approved by bob' });
  expect(approvalWords({ author: 'ann', approver: 'ann' }).tone).toBe('attention');
  expect(approvalWords({ author: null, approver: null })).toEqual({ tone: 'attention', words: 'no approver recorded' });
  expect(approvalWords({ author: null, approver: 'bob' }).tone).toBe('plain');
});

it('says that a version was not recorded instead of leaving a hole', () => {
  expect(changeName({ kind: 'prompt', name: null })).toBe('version not recorded');
  expect(changeName({ kind: 'model', name: 'm' })).toBe('m');
});

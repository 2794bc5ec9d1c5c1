import { expect, it } from 'vitest';
import type { VerificationDto } from '@/lib/schema/verification';
import { maskBreaks } from './mask-breaks';

const run = {
  breaks: [
    { seq: '1', record_id: null, code: 'projection_altered', expected: 'subject_id: P-1017', found: 'subject_id: P-9999' },
    { seq: '2', record_id: null, code: 'body_altered', expected: 'aa', found: 'bb' },
  ],
} as unknown as VerificationDto;

it('an administrator sees where a column was altered, and nothing of what it said', () => {
  const [column, body] = maskBreaks(run, 'administrator').breaks;
  expect(JSON.stringify(column)).not.toContain('P-');
  expect(column).toMatchObject({ seq: '1', code: 'projection_altered' });
  expect(body).toEqual(run.breaks[1]);
});

it('an auditor sees both', () => {
  expect(maskBreaks(run, 'auditor')).toEqual(run);
});

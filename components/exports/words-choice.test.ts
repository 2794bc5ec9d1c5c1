import { expect, it } from 'vitest';
import type { ExportPreview } from '@/lib/schema/evidence';
import { NO_WORDS, readWish } from './words-choice';

const preview = {
  purposes: [
    { code: 'audit', say: 'Audit', needs_note: false },
    { code: 'other', say: 'Other', needs_note: true },
  ],
} as ExportPreview;

it('words go along only where they were chosen, with a purpose of the list and the note that it asks for', () => {
  expect(readWish(NO_WORDS, preview)).toEqual({});
  expect(readWish({ ...NO_WORDS, purpose: 'audit' }, preview)).toEqual({});
  expect(readWish({ include: true, purpose: '', note: '' }, preview)).toHaveProperty('fault');
  expect(readWish({ include: true, purpose: 'audit', note: '' }, undefined)).toHaveProperty('fault');
  expect(readWish({ include: true, purpose: 'other', note: '  ' }, preview)).toHaveProperty('fault');
  expect(readWish({ include: true, purpose: 'audit', note: ' Ticket 7 ' }, preview)).toEqual({
    content: { purpose: 'audit', note: 'Ticket 7' },
  });
});

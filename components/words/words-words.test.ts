import { expect, it } from 'vitest';
import { BREAK_GLASS_REASONS } from '@/lib/schema/words';
import { countdown, foundWords, partName, REASONS } from './words-words';

it('counts down to the second, and never below nothing', () => {
  expect([300_000, 61_001, 999, 0, -5].map(countdown)).toEqual(['5:00', '1:02', '0:01', '0:00', '0:00']);
});

it('has a word for every reason, and shows a part that it does not know by its own name', () => {
  expect(BREAK_GLASS_REASONS.map((reason) => REASONS[reason]).every((words) => words.length > 3)).toBe(true);
  expect(partName('tool_result')).toBe('Result');
  expect(partName('scan')).toBe('scan');
});

it('names what was found in words by its labels, and says nothing where there are none', () => {
  expect(foundWords({ phi_labels: ['date', 'payment_card'] })).toBe('date, payment card');
  expect([undefined, {}, { phi_labels: [] }, { phi_labels: 'email' }, { phi_labels: [1] }].map(foundWords)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

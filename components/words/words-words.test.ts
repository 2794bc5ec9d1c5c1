import { expect, it } from 'vitest';
import { BREAK_GLASS_REASONS } from '@/lib/schema/words';
import { barWords, countdown, foundWords, partName, REASONS } from './words-words';

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

it('says of the words on a page how many are sealed, destroyed or gone, and never counts what there is none of', () => {
  const said = (sealed: number, shredded: number, missing = 0) => {
    const of = (state: 'sealed' | 'shredded' | 'missing', count: number) => Array.from({ length: count }, () => ({ state }));
    return barWords([...of('sealed', sealed), ...of('shredded', shredded), ...of('missing', missing)]);
  };
  expect(
    [said(4, 0), said(1, 0), said(0, 4), said(0, 1), said(2, 2), said(1, 1), said(0, 0, 2), said(0, 0, 1)].map(({ words }) => words),
  ).toEqual([
    '4 parts of words on this page are sealed.',
    '1 part of words on this page is sealed.',
    'All 4 parts of words on this page were destroyed: nothing is left to reveal.',
    'The one part of words on this page was destroyed: nothing is left to reveal.',
    'Of 4 parts of words on this page, 2 are sealed and 2 were destroyed.',
    'Of 2 parts of words on this page, 1 is sealed and 1 was destroyed.',
    'All 2 parts of words on this page are not where the record says, and no destruction is known.',
    'The one part of words on this page is not where the record says, and no destruction is known.',
  ]);
  expect(said(2, 1, 1)).toEqual({
    words: 'Of 4 parts of words on this page, 2 are sealed, 1 was destroyed and 1 is not where the record says.',
    broken: true,
  });
  expect(said(1200, 0).words).toMatch(/^1,200 parts/);
  expect([said(3, 1), said(0, 1)].map(({ broken }) => broken)).toEqual([false, false]);
});

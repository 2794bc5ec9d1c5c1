import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffRow, foldSame, sideBySide } from './side-by-side';

const lines = fc.array(fc.constantFrom('a', 'b c', 'b d', '', 'the quick fox', 'the slow fox', '\u202e'), { maxLength: 12 });
const side = (rows: readonly DiffRow[], which: 'left' | 'right') =>
  rows.flatMap((row) => (row[which] === null ? [] : [row[which].pieces.map(({ text }) => text).join('')]));

describe('two texts beside each other', () => {
  it('hold every line of both, in order and numbered from 1, whatever they are', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const rows = sideBySide(before.join('\n'), after.join('\n'))!;
        const asLines = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
        expect(side(rows, 'left')).toEqual(asLines(before.join('\n')));
        expect(side(rows, 'right')).toEqual(asLines(after.join('\n')));
        for (const which of ['left', 'right'] as const) {
          const numbers = rows.flatMap((row) => row[which]?.number ?? []);
          expect(numbers).toEqual(numbers.map((_, i) => i + 1));
        }
      }),
    );
  });

  it('call a line the same exactly where both sides are', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        for (const row of sideBySide(before.join('\n'), after.join('\n'))!) {
          const [left, right] = [side([row], 'left')[0], side([row], 'right')[0]];
          if (row.kind === 'same') expect(left).toBe(right);
          if (row.kind === 'changed') expect(left).not.toBe(right);
        }
      }),
    );
  });

  it('mark the words that changed, and no others', () => {
    const [row] = sideBySide('Answer in two sentences.', 'Answer in five sentences.')!;
    expect(row!.kind).toBe('changed');
    expect(row!.left!.pieces.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(['two']);
    expect(row!.right!.pieces.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(['five']);
  });

  it('are not compared beyond a length that a page can bear', () => {
    expect(sideBySide('x'.repeat(400_001), '')).toBeNull();
  });

  it('lose no row by folding what is the same', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const rows = sideBySide(before.join('\n'), after.join('\n'))!;
        expect(foldSame(rows, 1).flatMap((one) => ('hidden' in one ? one.hidden : [one]))).toEqual(rows);
      }),
    );
  });
});

import { diffLines, diffWordsWithSpace } from 'diff';

/** A piece of a line: `changed` within a line that has its counterpart on the other side. */
export interface Piece {
  text: string;
  changed: boolean;
}

/** One row: what stood before on the left, what came after on the right; null where a side has no such line. */
export interface DiffRow {
  kind: 'same' | 'changed' | 'removed' | 'added';
  left: { number: number; pieces: Piece[] } | null;
  right: { number: number; pieces: Piece[] } | null;
}

/** Texts whose lines are compared; longer ones would hold up the page. Characters of both together. */
const MOST_CHARACTERS = 400_000;
/** Beyond this many words a pair of lines is shown as wholly changed. */
const MOST_IN_LINE = 4_000;

/**
 * Two texts beside each other, line by line, with the words that changed within lines. Joining the left sides gives the first text, the right sides the
 * second, line ends set aside.
 * @returns null where they are too long to be compared here
 */
export function sideBySide(before: string, after: string): DiffRow[] | null {
  if (before.length + after.length > MOST_CHARACTERS) return null;
  const rows: DiffRow[] = [];
  let left = 0;
  let right = 0;
  const whole = (text: string): Piece[] => [{ text, changed: true }];
  const plain = (text: string): Piece[] => [{ text, changed: false }];
  const changes = diffLines(ended(before), ended(after));
  for (let at = 0; at < changes.length; at++) {
    const change = changes[at]!;
    const lines = linesOf(change.value);
    if (!change.added && !change.removed) {
      for (const text of lines)
        rows.push({ kind: 'same', left: { number: ++left, pieces: plain(text) }, right: { number: ++right, pieces: plain(text) } });
      continue;
    }
    const next = changes[at + 1];
    const removed = change.removed ? lines : [];
    const added = change.added ? lines : next?.added ? linesOf(next.value) : [];
    if (change.removed && next?.added) at++;
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const [was, is] = [removed[i], added[i]];
      if (was !== undefined && is !== undefined) {
        const [from, to] = within(was, is);
        rows.push({ kind: 'changed', left: { number: ++left, pieces: from }, right: { number: ++right, pieces: to } });
      } else if (was !== undefined) rows.push({ kind: 'removed', left: { number: ++left, pieces: whole(was) }, right: null });
      else rows.push({ kind: 'added', left: null, right: { number: ++right, pieces: whole(is!) } });
    }
  }
  return rows;
}

/** Rows with runs of equal lines folded to a few around each change. `hidden`: how many stand between. */
export function foldSame(rows: readonly DiffRow[], around = 3): (DiffRow | { hidden: DiffRow[] })[] {
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== 'same'));
  const folded: (DiffRow | { hidden: DiffRow[] })[] = [];
  for (const [i, row] of rows.entries()) {
    const last = folded[folded.length - 1];
    if (near[i] === true) folded.push(row);
    else if (last !== undefined && 'hidden' in last) last.hidden.push(row);
    else folded.push({ hidden: [row] });
  }
  return folded;
}

/** The last line counts as one whether or not it ends. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

function within(was: string, is: string): [Piece[], Piece[]] {
  if (was.length + is.length > MOST_IN_LINE) return [[{ text: was, changed: true }], [{ text: is, changed: true }]];
  const words = diffWordsWithSpace(was, is);
  const side = (skip: 'added' | 'removed') =>
    words.filter((word) => !word[skip]).map(({ value, added, removed }): Piece => ({ text: value, changed: added || removed }));
  return [side('added'), side('removed')];
}

import { COMMANDS, NO_NAMES, PARTICLES, TITLES } from './name-words';
import { CAPITAL, DIGIT, type Scan } from './scan';

/** No name that is written down has more words than this. */
const MAX_WORDS = 6;

export interface Name {
  /** Index of the last word. */
  last: number;
  /** Words that could each be a name of somebody: no initials, no particles. */
  words: number;
}

/** The longest run of words from here that could be one name. */
export function nameAt(scan: Scan, first: number): Name | null {
  if (!isNameWord(scan, first) && !isInitial(scan, first)) return null;
  let last = first;
  let words = isInitial(scan, first) ? 0 : 1;
  while (last - first < MAX_WORDS - 1) {
    const next = last + 1;
    const gap = scan.gap(last);
    if (gap === null) break;
    const afterInitial = isInitial(scan, last) && gap === '. ';
    if (gap !== ' ' && gap !== '-' && gap !== "'" && !afterInitial) break;
    // `Roe's` ends a name.
    if (gap === "'" && scan.size(next) === 1 && scan.word(next) === 's') break;
    if (isInitial(scan, next) && (scan.text[scan.ends[next]] === '.' || gap === ' ')) last = next;
    else if (isNameWord(scan, next)) {
      last = next;
      words += 1;
    } else {
      const far = skipParticles(scan, next);
      if (far === -1 || gap !== ' ') break;
      last = far;
      words += 1;
    }
  }
  // An initial at the end is `Jane R.` or the beginning of the next sentence: `I` is neither.
  if (isInitial(scan, last) && scan.word(last) === 'i') last -= 1;
  return words === 0 ? null : { last, words };
}

/** Particles, then a word of a name: its index; -1 otherwise. */
function skipParticles(scan: Scan, index: number): number {
  for (let i = index; i < index + 3; i += 1) {
    if (!PARTICLES.has(scan.word(i))) return i > index && isNameWord(scan, i) ? i : -1;
    if (scan.gap(i) !== ' ' && scan.gap(i) !== '-') return -1;
  }
  return -1;
}

export function isNameWord(scan: Scan, index: number): boolean {
  const kind = scan.kinds[index];
  if (kind === undefined || (kind & CAPITAL) === 0 || (kind & DIGIT) !== 0 || scan.size(index) < 2 || scan.size(index) > 24) {
    // O'Brien, D'Angelo: one letter, an apostrophe, a word.
    return (
      kind !== undefined &&
      (kind & CAPITAL) !== 0 &&
      scan.size(index) === 1 &&
      scan.gap(index) === "'" &&
      (scan.kinds[index + 1] & CAPITAL) !== 0
    );
  }
  const word = scan.word(index);
  return !NO_NAMES.has(word) && !TITLES.has(word) && !(COMMANDS.has(word) && startsSentence(scan, index));
}

function isInitial(scan: Scan, index: number): boolean {
  return scan.size(index) === 1 && (scan.kinds[index] & CAPITAL) !== 0 && scan.gap(index) !== "'";
}

export function startsSentence(scan: Scan, index: number): boolean {
  if (index === 0) return true;
  const gap = scan.text.slice(Math.max(scan.ends[index - 1], scan.starts[index] - 6), scan.starts[index]);
  return /[.!?:;\n"(]/.test(gap);
}

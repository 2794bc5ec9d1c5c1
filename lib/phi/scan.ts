/** What a word consists of, as bits. */
export const DIGIT = 1;
export const LETTER = 2;
/** Its first unit is a capital letter. */
export const CAPITAL = 4;
/** It has a lower-case letter. */
export const SMALL = 8;

/**
 * A text cut once into words: greatest runs of letters and digits. Every recogniser begins at words and looks a bounded way from them, so that the time of all
 * together grows with the text and not with its square.
 */
export class Scan {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly kinds: number[] = [];
  /** Indices of words that are digits and nothing else; of those with digits and letters. */
  readonly numbers: number[] = [];
  readonly mixed: number[] = [];
  /** Indices of words that begin with a capital and have no digit. */
  readonly capitals: number[] = [];
  readonly #words: (string | undefined)[] = [];
  #hint: readonly string[] | null = null;

  /** @param name what the text is said to be, such as the name of the member that holds it: counts as words that stand before it. */
  constructor(
    readonly text: string,
    readonly name = '',
  ) {
    const { starts, ends, kinds } = this;
    let kind = 0;
    let start = -1;
    const close = (end: number) => {
      const index = starts.length;
      starts.push(start);
      ends.push(end);
      kinds.push(kind);
      if (kind === DIGIT) this.numbers.push(index);
      else if (kind & DIGIT) this.mixed.push(index);
      else if (kind & CAPITAL) this.capitals.push(index);
      start = -1;
      kind = 0;
    };
    for (let i = 0; i < text.length; i += 1) {
      const bits = kindOf(text.charCodeAt(i), text, i);
      if (bits === 0) {
        if (start !== -1) close(i);
        continue;
      }
      if (start === -1) {
        start = i;
        kind = bits;
      } else kind |= bits & ~CAPITAL;
    }
    if (start !== -1) close(text.length);
  }

  get length(): number {
    return this.starts.length;
  }

  /** The word in lower case; '' outside the text. */
  word(index: number): string {
    if (index < 0 || index >= this.starts.length) return '';
    let word = this.#words[index];
    if (word === undefined) {
      word = this.text.slice(this.starts[index], this.ends[index]).toLowerCase();
      this.#words[index] = word;
    }
    return word;
  }

  size(index: number): number {
    return this.ends[index] - this.starts[index];
  }

  /** What stands between a word and the next; null where that is longer than four units, or there is none. */
  gap(index: number): string | null {
    const next = index + 1;
    if (next >= this.starts.length || this.starts[next] - this.ends[index] > 4) return null;
    return this.text.slice(this.ends[index], this.starts[next]);
  }

  /** Whether one of the words (or pairs of words, joined by a space) stands near: at most `before` words ahead, `after` words behind. */
  near(index: number, words: ReadonlySet<string>, before = 6, after = 0): boolean {
    for (let i = Math.max(0, index - before); i <= index + after && i < this.length; i += 1) {
      if (i === index) continue;
      const word = this.word(i);
      if (words.has(word) || words.has(`${word} ${this.word(i + 1)}`)) return true;
    }
    return index < before && this.hinted(words);
  }

  hinted(words: ReadonlySet<string>): boolean {
    return this.hint.some((word) => words.has(word));
  }

  get hint(): readonly string[] {
    this.#hint ??= this.name === '' ? [] : hintWords(this.name);
    return this.#hint;
  }

  /** Whether what stands there is part of something longer, such as an id with hyphens. */
  isGlued(start: number, end: number): boolean {
    return isJoint(this.text, start - 1, start - 2) || isJoint(this.text, end, end + 1);
  }
}

function isJoint(text: string, at: number, beyond: number): boolean {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code)) return false;
  if (kindOf(code, text, at) !== 0 || code === 95) return true;
  if (code !== 45 && code !== 46) return false;
  const next = text.charCodeAt(beyond);
  if (Number.isNaN(next)) return false;
  // A full stop without a space ends a sentence before a letter, and goes on before a digit.
  return code === 45 ? kindOf(next, text, beyond) !== 0 : next >= 48 && next <= 57;
}

/** 0 for what is no part of a word. */
function kindOf(code: number, text: string, at: number): number {
  if (code < 0x80) {
    if (code >= 97 && code <= 122) return LETTER | SMALL;
    if (code >= 48 && code <= 57) return DIGIT;
    if (code >= 65 && code <= 90) return LETTER | CAPITAL;
    return 0;
  }
  if (code < 0xc0 || code === 0xd7 || code === 0xf7) return code === 0xaa || code === 0xb5 || code === 0xba ? LETTER | SMALL : 0;
  if ((code >= 0x2000 && code <= 0x2bff) || (code >= 0x3000 && code <= 0x303f) || (code >= 0xd800 && code <= 0xf8ff) || code >= 0xfe00)
    return 0;
  if (code >= 0x590 && code < 0x1e00) return LETTER | SMALL;
  return text[at] === text[at].toLowerCase() ? LETTER | SMALL : LETTER | CAPITAL;
}

/** `dateOfBirth`, `date_of_birth`, `/patient/date-of-birth`: date, of, birth, and each pair of them. */
function hintWords(hint: string): string[] {
  const words = hint
    .slice(-200)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
}

export interface FoldedText {
  text: string;
  /** For each unit of the folded text (and its end) the unit of the original; null where they are the same. */
  places: Uint32Array | null;
}

const SPACES = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/;

/**
 * The text as a reader takes it: other spaces and dashes as the plain ones, full-width forms as ASCII, tag characters as the letters that they smuggle, and what
 * has no width at all left out. Only text outside ASCII comes here.
 */
export function foldText(original: string): FoldedText {
  const places = new Uint32Array(original.length + 1);
  const pieces: string[] = [];
  let length = 0;
  let moved = false;
  let from = 0;
  // Runs that stay as they are are taken in one piece.
  const flush = (to: number) => {
    if (to > from) pieces.push(original.slice(from, to));
  };
  for (let i = 0; i < original.length; i += 1) {
    const code = original.charCodeAt(i);
    if (code < 0x80) {
      places[length] = i;
      length += 1;
      continue;
    }
    if (code === 0xdb40) {
      const low = original.charCodeAt(i + 1);
      flush(i);
      moved = true;
      if (low >= 0xdc20 && low <= 0xdc7e) {
        places[length] = i;
        length += 1;
        pieces.push(String.fromCharCode(low - 0xdc00));
      }
      i += low >= 0xdc00 && low <= 0xdfff ? 1 : 0;
      from = i + 1;
      continue;
    }
    const folded = foldUnit(code, original[i]);
    if (folded === null) {
      places[length] = i;
      length += 1;
      continue;
    }
    flush(i);
    from = i + 1;
    if (folded === '') moved = true;
    else {
      places[length] = i;
      length += 1;
      pieces.push(folded);
    }
  }
  flush(original.length);
  places[length] = original.length;
  return { text: pieces.join(''), places: moved ? places.subarray(0, length + 1) : null };
}

/** One unit for another, '' for none, null for itself. */
function foldUnit(code: number, unit: string): string | null {
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (code >= 0x660 && code <= 0x669) return String.fromCharCode(code - 0x660 + 48);
  if (code >= 0x2010 && code <= 0x2015) return '-';
  if (code === 0x2212 || code === 0xfe63) return '-';
  if (code === 0x2018 || code === 0x2019 || code === 0x2bc) return "'";
  if (isInvisible(code)) return '';
  return SPACES.test(unit) ? ' ' : null;
}

/** Soft hyphen, zero-width and joining characters, bidirectional controls, variation selectors. */
function isInvisible(code: number): boolean {
  return (
    code === 0xad ||
    code === 0x61c ||
    code === 0x180e ||
    code === 0xfeff ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f)
  );
}

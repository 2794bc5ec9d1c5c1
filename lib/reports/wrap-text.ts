import 'server-only';

/** Width of each character of a font at one size, in points. */
export type Widths = (character: string) => number;

/**
 * A text in lines that are no wider than `width`, broken at blanks, and within a word that is wider by itself.
 * @param most lines; the rest is left out
 * @returns `cut`: whether anything was left out; the last line then ends in …
 */
export function wrapText(text: string, width: number, widths: Widths, most: number): { lines: string[]; cut: boolean } {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  /** Where the line could end: behind its last blank. */
  let blankAt = -1;
  let usedToBlank = 0;
  for (const character of text) {
    const wide = widths(character);
    if (used + wide > width && line !== '') {
      if (character === ' ') {
        lines.push(line);
        [line, used, blankAt, usedToBlank] = ['', 0, -1, 0];
      } else if (blankAt > 0) {
        lines.push(line.slice(0, blankAt).trimEnd());
        [line, used, blankAt, usedToBlank] = [line.slice(blankAt), used - usedToBlank, -1, 0];
      } else {
        lines.push(line);
        [line, used] = ['', 0];
      }
      if (lines.length === most) return { lines: endCut(lines, width, widths), cut: true };
      if (character === ' ') continue;
    }
    line += character;
    used += wide;
    if (character === ' ') [blankAt, usedToBlank] = [line.length, used];
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return { lines, cut: false };
}

function endCut(lines: string[], width: number, widths: Widths): string[] {
  const last = [...lines[lines.length - 1]!];
  const of = (characters: string[]) => characters.reduce((sum, character) => sum + widths(character), 0);
  while (last.length > 0 && of(last) + widths('…') > width) last.pop();
  return [...lines.slice(0, -1), `${last.join('')}…`];
}

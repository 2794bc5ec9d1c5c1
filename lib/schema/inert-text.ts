import { inertSegments } from './inert-segments';

/** Hostile text with every unseen character spelled out in brackets: nothing turns, hides or overwrites what stands beside it. */
export function inertText(text: string): string {
  return inertSegments(text)
    .map((segment) => (segment.kind === 'text' ? segment.text : `[${segment.label}]`))
    .join('');
}

/** The same on one line, whatever breaks it has: nothing that a record says begins a line of a report. */
export function oneLine(text: string): string {
  return inertText(text).replaceAll('\n', ' [new line] ');
}

/** What the standard fonts of PDF can draw, of text that is inert already; everything else is spelled out, so that nothing is drawn as something else. */
export function latinText(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    out +=
      (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff) || character === '\n'
        ? character
        : character === '\t'
          ? ' '
          : DRAWN.has(character)
            ? character
            : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  }
  return out;
}

/** Of Windows-1252, which these fonts have beside Latin-1. */
const DRAWN: ReadonlySet<string> = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

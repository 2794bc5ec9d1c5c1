/**
 * Makes what cannot be seen visible. Logged text is attacker-controlled: bidi controls reorder what an auditor reads, zero-width
 * characters hide differences, tag characters (U+E0000…) carry whole messages that no font draws.
 * @see UTR #36, UTS #39; CVE-2021-42574
 */

/** A stretch of text to show as it is, or a marker that stands for `count` unseen characters. */
export type InertSegment = { kind: 'text'; text: string } | { kind: 'marker'; label: string; name: string; count: number };

/** What has no ink or changes the ink of others. Line feed, tab, plain and no-break space, ideographic space are left alone. */
const UNSEEN = new RegExp(
  [
    '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Noncharacter_Code_Point}]',
    // line and paragraph separators, odd spaces, fillers and blanks
    '[\\u2028\\u2029\\u1680\\u2000-\\u200a\\u205f\\u2800\\u115f\\u1160\\u3164\\uffa0\\u17b4\\u17b5]',
    '\\u034f',
    '[\\u180b-\\u180f]',
    '[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'u',
);
/** Emoji of several parts are joined by characters that would otherwise be markers: U+200D and U+FE0F between pictographs are drawn. */
const EMOJI = /\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?(?:\u200d\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?)*/uy;

const NAMES: Record<number, string> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero-width space',
  8204: 'zero-width non-joiner',
  8205: 'zero-width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
};

function isUnseen(character: string): boolean {
  return character !== '\n' && character !== '\t' && UNSEEN.test(character);
}

function isTag(code: number): boolean {
  return code >= 0xe0000 && code <= 0xe007f;
}

function nameOf(code: number): string {
  const known = NAMES[code];
  if (known !== undefined) return known;
  if (isTag(code)) return 'tag character';
  if (code < 0x20 || (code >= 0x80 && code < 0xa0)) return 'control character';
  if (code >= 0xd800 && code <= 0xdfff) return 'lone surrogate';
  if ((code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef)) return 'variation selector';
  return 'invisible character';
}

function label(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Walks a text by characters; a drawn emoji sequence is one step. */
function* steps(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    EMOJI.lastIndex = at;
    const emoji = EMOJI.exec(text)?.[0];
    const step = emoji ?? String.fromCodePoint(text.codePointAt(at)!);
    yield step;
    at += step.length;
  }
}

/** The text in stretches to be drawn: neighbouring equal characters make one marker, and a run of tag characters is spelled out. */
export function inertSegments(text: string): InertSegment[] {
  const segments: InertSegment[] = [];
  let plain = '';
  const runs: { code: number; count: number; tags: string }[] = [];
  const flushPlain = () => {
    if (plain !== '') segments.push({ kind: 'text', text: plain });
    plain = '';
  };
  const flushRun = () => {
    const run = runs.pop();
    if (run === undefined) return;
    const tagged = run.tags === '' ? '' : ` “${run.tags}”`;
    const times = run.count > 1 ? `×${run.count}` : '';
    const shown = run.tags === '' ? label(run.code) : 'TAG';
    segments.push({ kind: 'marker', label: `${shown}${times}${tagged}`, name: nameOf(run.code), count: run.count });
  };
  for (const step of steps(text)) {
    const code = step.codePointAt(0)!;
    if (step.length > String.fromCodePoint(code).length || !isUnseen(step)) {
      flushRun();
      plain += step;
      continue;
    }
    flushPlain();
    const tag = isTag(code) && code >= 0xe0020 && code < 0xe007f ? String.fromCodePoint(code - 0xe0000) : '';
    const open = runs[0];
    if (open !== undefined && (open.code === code || (isTag(open.code) && isTag(code)))) {
      open.count += 1;
      open.tags += tag;
    } else {
      flushRun();
      runs.push({ code, count: 1, tags: tag });
    }
  }
  flushRun();
  flushPlain();
  return segments;
}

/** How many characters of a text a reader would not have seen. */
export function countInvisible(text: string): number {
  return inertSegments(text).reduce((sum, segment) => sum + (segment.kind === 'marker' ? segment.count : 0), 0);
}

/**
 * The text with every unseen character as `\u{HEX}` and every backslash doubled, so that it can be copied, mailed and read back
 * to exactly the same characters.
 */
export function escapeInvisible(text: string): string {
  let out = '';
  for (const character of text) {
    if (character === '\\') out += '\\\\';
    else if (isUnseen(character)) out += `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;
    else out += character;
  }
  return out;
}

import type { ContentPart } from './record';

/** At most three bytes of UTF-8 a unit: within the MiB that a part may have. */
const UNITS = 300_000;

/** A text as parts that the ledger takes; none for an empty one. Never cuts a character in two. */
export function contentParts(part: ContentPart['part'], text: string): ContentPart[] {
  const parts: ContentPart[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + UNITS);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    parts.push({ part, text: text.slice(from, to) });
    from = to;
  }
  return parts;
}

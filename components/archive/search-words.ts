import { countOf, formatCount } from '@/components/ui/format-count';
import { type CopiesSearched, foldText } from '@/lib/schema/archive-search';
import type { RecordBody } from '@/lib/schema/screens';

/** How far a search looked, in a sentence. */
export function searchedWords({ segments, asked, searched }: CopiesSearched): string {
  if (asked === 0) return `None of ${countOf(segments, 'segment', 'segments')} can hold anything that passes.`;
  const rest = segments - asked;
  const others = rest === 0 ? '' : `; ${formatCount(rest)} cannot hold anything that passes`;
  return `Looked into ${formatCount(searched)} of ${countOf(asked, 'segment', 'segments')}${others}.`;
}

export interface Excerpt {
  /** Where in the body: `details.ticket`. */
  path: string;
  before: string;
  match: string;
  after: string;
}

const BEFORE = 12;
const AFTER = 60;

/** The first value in which a text stands, with a little on either side. @returns null where it is in none */
export function excerptOf(body: RecordBody | null, text: string): Excerpt | null {
  if (body === null) return null;
  const wanted = foldText(text);
  for (const [path, value] of [...leaves('details', body.details), ...leaves('purpose', body.purpose)]) {
    const folded = foldText(value);
    const at = folded.indexOf(wanted);
    if (at === -1) continue;
    // Folding may change lengths; then the folded text is shown, which is what was found.
    const shown = folded.length === value.length ? value : folded;
    const end = at + wanted.length;
    const from = Math.max(0, at - BEFORE);
    return {
      path,
      before: `${from > 0 ? '…' : ''}${shown.slice(from, at)}`,
      match: shown.slice(at, end),
      after: `${shown.slice(end, end + AFTER)}${end + AFTER < shown.length ? '…' : ''}`,
    };
  }
  return null;
}

function* leaves(path: string, value: unknown): Generator<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'number' || typeof value === 'boolean') yield [path, String(value)];
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* leaves(`${path}.${name}`, inner);
}

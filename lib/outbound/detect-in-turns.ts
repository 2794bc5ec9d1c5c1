import 'server-only';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { detectPhi, type Finding } from '@/lib/phi/detect-phi';

/** UTF-16 units of a stretch: some milliseconds of work. */
const STRETCH = 16_384;
/** What is looked at around each, so that words beside a number count across a cut. */
const CONTEXT = 512;
/** So long this process may look at words before it answers somebody else. */
const TURN_MS = 8;

let since = 0;

/**
 * detectPhi of a long text, with turns for everybody else in between: a megabyte takes a third of a second, in which no other sender would be answered.
 * @returns the same findings, sorted
 */
export async function detectInTurns(text: string, stretch = STRETCH): Promise<Finding[]> {
  await giveTurn();
  if (text.length <= stretch + CONTEXT) return detectPhi(text);
  const found: Finding[] = [];
  let last = 0;
  for (let from = 0; from < text.length; from += stretch) {
    const begin = whole(text, Math.max(0, from - CONTEXT));
    const end = whole(text, Math.min(text.length, from + stretch + CONTEXT));
    for (const finding of detectPhi(text.slice(begin, end))) {
      const start = finding.start + begin;
      // What reaches over a cut belongs to where it begins, and nothing in it is told again.
      if (start < Math.max(from, last) || start >= from + stretch) continue;
      last = finding.end + begin;
      found.push({ ...finding, start, end: last });
    }
    await giveTurn();
  }
  return found;
}

async function giveTurn(): Promise<void> {
  if (performance.now() - since < TURN_MS) return;
  await nextTurn();
  since = performance.now();
}

/** A place that parts no surrogate pair. */
function whole(text: string, place: number): number {
  const code = text.charCodeAt(place);
  return place > 0 && code >= 0xdc00 && code <= 0xdfff ? place - 1 : place;
}

import type { SeqRange } from './archive-segment';

/** The same positions in as few ranges as may be, ascending. What is given is put in order, and not changed otherwise. */
export function mergeRanges(ranges: SeqRange[]): SeqRange[] {
  const merged: SeqRange[] = [];
  for (const range of ranges.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = merged.at(-1);
    if (last !== undefined && last.to + 1n >= range.from) {
      if (range.to > last.to) last.to = range.to;
    } else merged.push({ ...range });
  }
  return merged;
}

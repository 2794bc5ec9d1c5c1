import type { SeqRange } from './archive-segment';

/** The positions of ranges, in their order, `most` at a time; the last page has the rest. */
export function* pagePositions(ranges: readonly SeqRange[], most: number): Generator<bigint[]> {
  let page: bigint[] = [];
  for (const { from, to } of ranges)
    for (let seq = from; seq <= to; seq++) {
      page.push(seq);
      if (page.length < most) continue;
      yield page;
      page = [];
    }
  if (page.length > 0) yield page;
}

import 'server-only';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { type CodeCounts, countCodes, KEPT_BREAKS } from './verify-chunk';
import { addCounts } from './verify-ledger';

/** The breaks of a run, from all that looked: the first KEPT_BREAKS by place are kept, all are counted. */
export class BreakList {
  #breaks: ChainBreak[] = [];
  total = 0;
  /** Those that only say that a body, or sealed words, are not there. */
  missing = 0;
  readonly codes: CodeCounts = {};

  /** @param counted how many there were, where `breaks` are only the first; @param missing how many of them only miss something; @param codes all by code. */
  add(
    breaks: readonly ChainBreak[],
    counted = breaks.length,
    missing = breaks.filter(isAbsence).length,
    codes: CodeCounts = countCodes(breaks),
  ): void {
    this.total += counted;
    this.missing += missing;
    addCounts(this.codes, codes);
    for (const found of breaks) this.#breaks.push(found);
    if (this.#breaks.length > 2 * KEPT_BREAKS) this.#breaks = this.kept();
  }

  kept(): ChainBreak[] {
    return this.#breaks.sort((a, b) => (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0)).slice(0, KEPT_BREAKS);
  }
}

function isAbsence(found: ChainBreak): boolean {
  return found.code === 'body_missing' || found.code === 'content_missing';
}

import 'server-only';
import { PAGE_SIZE, type PageCursor } from '@/lib/schema/filters';
import type { Tx } from './bounded-read';
import { BUDGET, type Search, walkPositions } from './walk-positions';

/** Positions of one page, newest first, and the cursors of its neighbours. */
export interface PageOfPositions {
  seqs: bigint[];
  older: string | null;
  newer: string | null;
  searched_to: string | null;
}

/**
 * A page by position: rows strictly older than `older`, or strictly newer than `newer`, else the newest. What is appended meanwhile lies beyond every
 * cursor, so that no row is skipped or shown twice.
 * @param head the last position of the ledger.
 */
export async function readPage(tx: Tx, search: Search, cursor: PageCursor, head: bigint, budget = BUDGET): Promise<PageOfPositions> {
  if (cursor.newer !== undefined) return newerPage(tx, search, BigInt(cursor.newer), head, budget);
  const from = cursor.older === undefined ? head + 1n : BigInt(cursor.older);
  const high = from - 1n < head ? from - 1n : head;
  const walked = await walkPositions(tx, search, { low: 0n, high, older: true }, PAGE_SIZE + 1, budget);
  const seqs = walked.seqs.slice(0, PAGE_SIZE);
  const more = walked.seqs.length > PAGE_SIZE;
  const stopped = !more && !walked.done && walked.reached !== null ? String(walked.reached) : null;
  return {
    seqs,
    older: more ? String(seqs[PAGE_SIZE - 1]!) : stopped,
    newer: cursor.older === undefined || from > head ? null : String(seqs[0] ?? from - 1n),
    searched_to: stopped,
  };
}

async function newerPage(tx: Tx, search: Search, from: bigint, head: bigint, budget: typeof BUDGET): Promise<PageOfPositions> {
  const walked = await walkPositions(tx, search, { low: from + 1n, high: head, older: false }, PAGE_SIZE + 1, budget);
  const seqs = walked.seqs.slice(0, PAGE_SIZE);
  const more = walked.seqs.length > PAGE_SIZE;
  const stopped = !more && !walked.done && walked.reached !== null ? String(walked.reached) : null;
  return {
    seqs: seqs.reverse(),
    older: String(seqs[seqs.length - 1] ?? from + 1n),
    newer: more ? String(seqs[0]!) : stopped,
    searched_to: stopped,
  };
}

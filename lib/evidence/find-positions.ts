import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { searchRecords } from '@/lib/ledger/search-records';
import { walkPositions } from '@/lib/ledger/walk-positions';
import { RefusalError } from '@/lib/schema/errors';
import { type RecordFilter, RecordFilter as RecordFilterShape, readFilter } from '@/lib/schema/filters';
import type { EvidenceScope } from '@/lib/schema/proofs';
import { parseQuery } from '@/lib/schema/search-query';

/** Files of a zip that every reader understands are at most 65,535. */
export const MOST_RECORDS = 50_000;
const STEP = 5_000;

/**
 * Every position of the scope below `size`, ascending: none is left out, whatever it takes. What a screen shows page by page, by the same search.
 * @throws RefusalError out_of_range for more than {@link MOST_RECORDS}; format for a filter that is none
 */
export async function findPositions(ledger: LedgerRow, scope: EvidenceScope, size: bigint, signal?: AbortSignal): Promise<bigint[]> {
  if (scope.kind === 'range') return rangeOf(BigInt(scope.from), BigInt(scope.to), size);
  const search = searchRecords(ledger, scope.kind === 'conversation' ? { conversation: scope.conversation_id } : filterOf(scope.query));
  const seqs: bigint[] = [];
  let low = 0n;
  for (;;) {
    signal?.throwIfAborted();
    const walked = await boundedRead((tx) => walkPositions(tx, search, { low, high: size - 1n, older: false }, STEP));
    for (const seq of walked.seqs) seqs.push(seq);
    if (seqs.length > MOST_RECORDS) throw tooMany();
    if (walked.done && walked.seqs.length < STEP) return seqs;
    const reached = walked.seqs.length >= STEP ? walked.seqs[walked.seqs.length - 1]! : walked.reached;
    if (reached !== null) low = reached + 1n;
    if (low >= size) return seqs;
  }
}

/** @throws RefusalError format, with the member that is wrong */
export function filterOf(query: string): RecordFilter {
  const read = readFilter(RecordFilterShape, new URLSearchParams(query));
  if (!read.ok) throw new RefusalError('format', `The filter "${read.member}" has a value that it cannot have.`, '/scope/query');
  if (read.value.q !== undefined && parseQuery(read.value.q).terms.some(({ name }) => name === 'said'))
    throw new RefusalError(
      'format',
      'Evidence is chosen by what a record says of itself, not by sealed words: leave out said:.',
      '/scope/query',
    );
  return read.value;
}

function rangeOf(from: bigint, to: bigint, size: bigint): bigint[] {
  const last = to < size ? to : size - 1n;
  if (last - from + 1n > BigInt(MOST_RECORDS)) throw tooMany();
  const seqs: bigint[] = [];
  for (let seq = from; seq <= last; seq++) seqs.push(seq);
  return seqs;
}

function tooMany(): RefusalError {
  return new RefusalError(
    'out_of_range',
    `A bundle holds at most ${MOST_RECORDS.toLocaleString('en')} records; choose less, and make several.`,
    '/scope',
  );
}

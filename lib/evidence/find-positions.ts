import 'server-only';
import { MOST_RECORDS } from '@/lib/chain/bundle-format';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { searchRecords } from '@/lib/ledger/search-records';
import { walkPositions } from '@/lib/ledger/walk-positions';
import { RefusalError } from '@/lib/schema/errors';
import { RecordFilter, readWholeFilter } from '@/lib/schema/filters';
import type { EvidenceScope } from '@/lib/schema/proofs';
import { parseQuery } from '@/lib/schema/search-query';

const STEP = 5_000;

/**
 * Every position of the scope below `size`, ascending: none is left out, whatever it takes. What a screen shows page by page, by the same search.
 * @throws RefusalError out_of_range for more than {@link MOST_RECORDS}; format for a filter that is none
 */
export async function findPositions(ledger: LedgerRow, scope: EvidenceScope, size: bigint, signal?: AbortSignal): Promise<bigint[]> {
  if (scope.kind === 'range') return rangeOf(BigInt(scope.from), BigInt(scope.to), size);
  const search = searchRecords(
    ledger,
    scope.kind === 'conversation' ? { conversation: scope.conversation_id } : filterOf(scope.query).filter,
  );
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

const WHY = { unknown: 'is not known', repeated: 'is there twice', value: 'has a value that it cannot have' } as const;

/** The filter, and the one way to write it. @throws RefusalError format, with the member that is wrong */
export function filterOf(query: string): { filter: RecordFilter; canonical: string } {
  const read = readWholeFilter(RecordFilter, new URLSearchParams(query));
  if (!read.ok) throw new RefusalError('format', `The filter "${read.member.slice(0, 64)}" ${WHY[read.why]}.`, '/scope/query');
  if (read.value.q !== undefined && parseQuery(read.value.q).terms.some(({ name }) => name === 'said'))
    throw new RefusalError(
      'format',
      'Evidence is chosen by what a record says of itself, not by sealed words: leave out said:.',
      '/scope/query',
    );
  return { filter: read.value, canonical: read.query };
}

/** The scope as it is kept and printed: what the bundle says of itself is what was searched. @throws RefusalError format */
export function canonicalScope(scope: EvidenceScope): EvidenceScope {
  return scope.kind === 'filter' ? { kind: 'filter', query: filterOf(scope.query).canonical } : scope;
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

import 'server-only';
import { matchArchived, sayUnlooked, type Unlooked } from '@/lib/archive/match-archived';
import { LEAF } from '@/lib/archive/segments';
import { MOST_RECORDS } from '@/lib/chain/bundle-format';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { recordsOf } from '@/lib/ledger/read-entries';
import { searchRecords } from '@/lib/ledger/search-records';
import { walkPositions } from '@/lib/ledger/walk-positions';
import { RefusalError } from '@/lib/schema/errors';
import { RecordFilter, readWholeFilter } from '@/lib/schema/filters';
import type { EvidenceScope } from '@/lib/schema/proofs';
import { parseQuery } from '@/lib/schema/search-query';

const STEP = 5_000;

/**
 * Every position of the scope below `size`, ascending, whether its record is in the database or in the archive: none is left out, whatever it takes. Of a conversation
 * they are counted against its line in the list; of a filter every archived segment is looked through in which something may match.
 * @throws RefusalError out_of_range for more than {@link MOST_RECORDS}; format for a filter that is none; archive_refused where archived records could not be looked
 * at, or positions of a conversation are missing, with how many
 */
export async function findPositions(ledger: LedgerRow, scope: EvidenceScope, size: bigint, signal?: AbortSignal): Promise<bigint[]> {
  if (scope.kind === 'range') return rangeOf(BigInt(scope.from), BigInt(scope.to), size);
  if (scope.kind === 'conversation') return ofConversation(ledger, scope.conversation_id, size);
  return ofFilter(ledger, filterOf(scope.query).filter, size, signal);
}

/** In one moment: what is here, what is archived, what was destroyed, and how many there should be. */
async function ofConversation(ledger: LedgerRow, conversationId: string, size: bigint): Promise<bigint[]> {
  const [row] = await boundedRead(
    (tx) => tx.$queryRaw<{ count: bigint; seqs: string[] | null }[]>`
      WITH line AS MATERIALIZED (SELECT record_count FROM conversations WHERE ledger_id = ${ledger.id} AND conversation_id = ${conversationId})
      SELECT line.record_count AS count, CASE WHEN line.record_count <= ${MOST_RECORDS} THEN ARRAY(
               SELECT seq::text FROM (
                 SELECT seq FROM ${recordsOf(ledger)} WHERE conversation_id = ${conversationId}
                 UNION SELECT s FROM archive_conversations a, unnest(a.seqs) r, generate_series(lower(r), upper(r) - 1) s
                        WHERE a.ledger_id = ${ledger.id} AND a.conversation_id = ${conversationId}
                 UNION SELECT s FROM destroyed_conversations d, unnest(d.seqs) r, generate_series(lower(r), upper(r) - 1) s
                        WHERE d.ledger_id = ${ledger.id} AND d.conversation_id = ${conversationId}
               ) AS there) END AS seqs FROM line`,
  );
  if (row === undefined) return [];
  if (row.seqs === null) throw tooMany();
  if (BigInt(row.seqs.length) !== row.count)
    throw new RefusalError(
      'archive_refused',
      `This conversation has ${row.count.toLocaleString('en')} ${row.count === 1n ? 'record' : 'records'}, and ${row.seqs.length.toLocaleString('en')} were found in the database and in the archive together: no evidence is made of a part of it. A verification of the conversation tells more; a range of positions can be exported as it is.`,
      '/scope/conversation_id',
    );
  const seqs = row.seqs.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return seqs.filter((seq) => seq < size);
}

async function ofFilter(ledger: LedgerRow, filter: RecordFilter, size: bigint, signal: AbortSignal | undefined): Promise<bigint[]> {
  const search = searchRecords(ledger, filter);
  const seqs: bigint[] = [];
  const unlooked: Unlooked[] = [];
  for (let low = 0n; low < size; low += LEAF) {
    const high = low + LEAF < size ? low + LEAF - 1n : size - 1n;
    const own = new Set<bigint>();
    for (let from = low; from <= high; ) {
      signal?.throwIfAborted();
      const at = from;
      const walked = await boundedRead((tx) => walkPositions(tx, search, { low: at, high, older: false }, STEP));
      for (const seq of walked.seqs) own.add(seq);
      if (seqs.length + own.size > MOST_RECORDS) throw tooMany();
      const full = walked.seqs.length >= STEP;
      if (walked.done && !full) break;
      const reached = full ? walked.seqs[walked.seqs.length - 1]! : walked.reached;
      if (reached !== null) from = reached + 1n;
    }
    // Afterwards: what left the database while it was searched is in a segment by now.
    const archived = await matchArchived(ledger, filter, { low, high }, signal);
    for (const seq of archived.seqs) own.add(seq);
    unlooked.push(...archived.unlooked);
    for (const seq of [...own].sort((a, b) => (a < b ? -1 : 1))) seqs.push(seq);
    if (seqs.length > MOST_RECORDS) throw tooMany();
  }
  if (unlooked.length > 0)
    throw new RefusalError('archive_refused', `No evidence is made of a part: ${sayUnlooked(unlooked)}`, '/scope/query');
  return seqs;
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

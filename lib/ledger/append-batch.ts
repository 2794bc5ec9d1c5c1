import 'server-only';
import type { EncodedBatch } from './encode-batch';
import type { PreparedRecord } from './prepare-record';

/** Where a record stands in the chain. Hashes are 32 bytes; `receivedAtUs` microseconds since 1970 by the database's clock. */
export interface StoredEntry {
  seq: bigint;
  conversationSeq: bigint;
  receivedAtUs: bigint;
  previousHash: Buffer;
  integrityHash: Buffer;
}

/**
 * `conflict`: the id already belongs to another record; nothing was stored for it. `not_stored`: it would have been, but another one of its
 * atomic submission conflicts.
 */
export type AppendResult =
  | ({ kind: 'stored' } & StoredEntry)
  | ({ kind: 'duplicate' } & StoredEntry)
  | { kind: 'conflict' }
  | { kind: 'not_stored' };

/** One row of append_entries, as the driver reads it: bigint as text. */
export interface AppendRow {
  o_first: string | null;
  o_received_us: string | null;
  o_previous: Buffer | null;
  o_hashes: Buffer | null;
  o_bases: string[] | null;
  o_dup_ids: string[] | null;
  o_dup_submitted: Buffer[] | null;
  o_dup_seqs: string[] | null;
  o_dup_received_us: string[] | null;
  o_dup_previous: Buffer[] | null;
  o_dup_hashes: Buffer[] | null;
  o_dup_conversation_seqs: string[] | null;
}

/** Receipts of a batch that was stored whole. */
export function storedEntries(row: AppendRow, batch: EncodedBatch): AppendResult[] {
  const first = BigInt(row.o_first!);
  const receivedAtUs = BigInt(row.o_received_us!);
  const hashes = row.o_hashes!;
  const bases = row.o_bases?.map(Number) ?? [];
  return batch.conversationOf.map((place, i) => ({
    kind: 'stored',
    seq: first + BigInt(i),
    conversationSeq: place === 0 ? 0n : BigInt(bases[place - 1] + batch.ordinalOf[i]),
    receivedAtUs,
    previousHash: i === 0 ? row.o_previous! : hashes.subarray(32 * (i - 1), 32 * i),
    integrityHash: hashes.subarray(32 * i, 32 * (i + 1)),
  }));
}

/** What a batch ran into: nothing was stored, and these of its ids were known before. */
export function knownEntries(row: AppendRow): Map<string, { submitted: Buffer; entry: StoredEntry }> | null {
  if (row.o_dup_ids === null) return null;
  return new Map(
    row.o_dup_ids.map((id, i) => [
      id,
      {
        submitted: row.o_dup_submitted![i],
        entry: {
          seq: BigInt(row.o_dup_seqs![i]),
          conversationSeq: BigInt(row.o_dup_conversation_seqs![i]),
          receivedAtUs: BigInt(row.o_dup_received_us![i]),
          previousHash: row.o_dup_previous![i],
          integrityHash: row.o_dup_hashes![i],
        },
      },
    ]),
  );
}

/** A retry gets the first receipt again; another record under a known id is a conflict. */
export function judgeDuplicate(record: PreparedRecord, known: { submitted: Buffer; entry: StoredEntry }): AppendResult {
  return known.submitted.equals(record.submitted) ? { kind: 'duplicate', ...known.entry } : { kind: 'conflict' };
}

/** "2026-11-20T17:03:11.123456Z" */
export function formatMicroseconds(us: bigint): string {
  const text = new Date(Number(us / 1000n)).toISOString();
  return `${text.slice(0, -1)}${String(us % 1000n).padStart(3, '0')}Z`;
}

import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { KEPT_BREAKS, orphan } from './verify-chunk';

export interface Head {
  seq: bigint;
  integrityHash: Buffer;
}

/** The newest entry, and records beyond it that no entry vouches for: one statement, so that both are of one moment. */
export async function findHead(ledgerId: number): Promise<{ head: Head | null; beyond: ChainBreak[] }> {
  const { rows } = await pool('verification').query<{
    seq: string | null;
    integrity_hash: Buffer | null;
    orphan: string | null;
    id: string | null;
  }>(
    `WITH head AS MATERIALIZED (SELECT seq, integrity_hash FROM entries WHERE ledger_id = $1 ORDER BY seq DESC LIMIT 1)
     SELECT h.seq, h.integrity_hash, r.seq AS orphan, r.id FROM (SELECT) one LEFT JOIN head h ON true
       LEFT JOIN LATERAL (SELECT seq, id FROM records WHERE ledger_id = $1 AND seq > coalesce(h.seq, -1) ORDER BY seq LIMIT ${KEPT_BREAKS}) r ON true`,
    [ledgerId],
  );
  const [first] = rows;
  return {
    head: first.seq === null ? null : { seq: BigInt(first.seq), integrityHash: first.integrity_hash! },
    beyond: rows.flatMap((row) => (row.orphan === null ? [] : [orphan(BigInt(row.orphan), row.id!)])),
  };
}

/**
 * What earlier runs saw must still stand where they saw it. A chain that somebody made anew from one place to its end agrees with itself, and a chain whose
 * end is cut off does too: neither agrees with what was written down before.
 * @param to the head of this run, −1 for an empty ledger; @param whole whether heads beyond `to` are missing, or only out of this run's range.
 */
export async function compareHeads(ledgerId: number, from: bigint, to: bigint, whole: boolean): Promise<ChainBreak[]> {
  const { rows } = await pool('verification').query<{
    id: string;
    head_seq: string;
    head_hash: Buffer;
    integrity_hash: Buffer | null;
    record: string | null;
  }>(
    `SELECT v.id, v.head_seq, v.head_hash, e.integrity_hash, e.id AS record
       FROM (SELECT DISTINCT ON (head_seq, head_hash) id, head_seq, head_hash FROM verifications
             WHERE ledger_id = $1 AND verdict IS NOT NULL AND head_seq IS NOT NULL AND head_seq >= $2 AND ($4 OR head_seq <= $3)
             ORDER BY head_seq, head_hash, finished_at) v
       LEFT JOIN entries e ON e.ledger_id = $1 AND e.seq = v.head_seq
      WHERE e.integrity_hash IS DISTINCT FROM v.head_hash ORDER BY v.head_seq LIMIT ${KEPT_BREAKS}`,
    [ledgerId, from, to, whole],
  );
  return rows.flatMap((row): ChainBreak[] => {
    const seq = BigInt(row.head_seq);
    const expected = `${toHex(row.head_hash)} (verification ${row.id})`;
    if (seq > to)
      return [
        { seq, recordId: null, code: 'tail_truncated', expected, found: to < 0n ? 'the ledger is empty' : `the ledger ends at ${to}` },
      ];
    // An entry that is gone from the middle is told as a gap.
    if (row.integrity_hash === null) return [];
    return [{ seq, recordId: row.record, code: 'head_changed', expected, found: toHex(row.integrity_hash) }];
  });
}

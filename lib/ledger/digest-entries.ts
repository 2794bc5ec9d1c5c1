import 'server-only';
import { createHash } from 'node:crypto';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { pool } from '@/lib/db';

const PAGE = 10_000n;

/** SHA-256 over the integrity hashes of the entries at these positions, 32 bytes each, in their order; in hexadecimal. An entry that is not there adds nothing. */
export async function digestEntries(ledgerId: number, ranges: readonly SeqRange[]): Promise<string> {
  const digest = createHash('sha256');
  let page: SeqRange[] = [];
  let room = PAGE;
  const flush = async () => {
    if (page.length === 0) return;
    const { rows } = await pool('verification').query<{ integrity_hash: Buffer }>(
      `SELECT e.integrity_hash FROM unnest($2::bigint[], $3::bigint[]) AS r (low, high) JOIN entries e ON e.ledger_id = $1 AND e.seq BETWEEN r.low AND r.high ORDER BY e.seq`,
      [ledgerId, page.map(({ from }) => String(from)), page.map(({ to }) => String(to))],
    );
    for (const { integrity_hash } of rows) digest.update(integrity_hash);
    page = [];
    room = PAGE;
  };
  for (const range of ranges)
    for (let from = range.from; from <= range.to; ) {
      const to = range.to - from < room ? range.to : from + room - 1n;
      page.push({ from, to });
      room -= to - from + 1n;
      from = to + 1n;
      if (room <= 0n) await flush();
    }
  await flush();
  return digest.digest('hex');
}

import 'server-only';
import type { Tx } from './bounded-read';

/** The last position up to which the index of words knows what was said; null where it knows nothing. */
export async function readIndexed(tx: Tx, ledgerId: number): Promise<bigint | null> {
  const [row] = await tx.$queryRaw<{ indexed_to: bigint }[]>`SELECT indexed_to FROM word_index WHERE ledger_id = ${ledgerId}`;
  return row === undefined || row.indexed_to < 0n ? null : row.indexed_to;
}

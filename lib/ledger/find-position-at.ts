import 'server-only';
import type { Tx } from './bounded-read';

/**
 * The last entry that the server had received at a moment: times never go back along the chain, so that halving the positions finds it in as many reads by
 * primary key as their number has binary digits. A position that holds no entry is read as the next one that does.
 * @param us microseconds since 1970
 * @returns null where the ledger had none yet
 */
export async function findPositionAt(tx: Tx, ledgerId: number, us: bigint): Promise<bigint | null> {
  const [head] = await tx.$queryRaw<{ seq: bigint }[]>`SELECT seq FROM entries WHERE ledger_id = ${ledgerId} ORDER BY seq DESC LIMIT 1`;
  if (head === undefined) return null;
  // Everything below `low` was received by then, everything from `high` on was not.
  let low = 0n;
  let high = head.seq + 1n;
  while (low < high) {
    const middle = (low + high) / 2n;
    const [row] = await tx.$queryRaw<{ seq: bigint; received_at_us: bigint }[]>`
      SELECT seq, received_at_us FROM entries WHERE ledger_id = ${ledgerId} AND seq >= ${middle} ORDER BY seq LIMIT 1`;
    if (row !== undefined && row.received_at_us <= us) low = row.seq + 1n;
    else high = middle;
  }
  const [last] = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT seq FROM entries WHERE ledger_id = ${ledgerId} AND seq < ${low} ORDER BY seq DESC LIMIT 1`;
  return last?.seq ?? null;
}

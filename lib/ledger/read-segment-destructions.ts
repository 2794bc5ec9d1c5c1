import 'server-only';
import type { SegmentDto } from '@/lib/schema/archive';
import type { Tx } from './bounded-read';

/** By number of a segment: the destructions that took records out of it, in their order, and how many of its records each took. */
export async function readSegmentDestructions(
  tx: Tx,
  ledgerId: number,
  numbers: readonly bigint[],
): Promise<Map<bigint, SegmentDto['destroyed']>> {
  const rows = await tx.$queryRaw<{ segment: bigint; id: string; number: number; records: number }[]>`
    SELECT o.number AS segment, d.id, d.number, o.records FROM destruction_objects o JOIN destructions d ON d.id = o.destruction_id
     WHERE o.ledger_id = ${ledgerId} AND o.number = ANY (${numbers.map(String)}::bigint[]) ORDER BY o.number, d.number`;
  const found = new Map<bigint, SegmentDto['destroyed']>();
  for (const { segment, ...one } of rows) found.set(segment, [...(found.get(segment) ?? []), one]);
  return found;
}

import 'server-only';
import type { SegmentDto } from '@/lib/schema/archive';
import type { Tx } from './bounded-read';

/** Of a segment that many persons lay in, the newest few. */
const SHOWN = 20;

/** By number of a segment: the destructions that took records out of it, in their order, how many of its records each took, and how many there are that are not told. */
export async function readSegmentDestructions(
  tx: Tx,
  ledgerId: number,
  numbers: readonly bigint[],
): Promise<Map<bigint, Pick<SegmentDto, 'destroyed' | 'destroyed_before'>>> {
  const rows = await tx.$queryRaw<{ segment: bigint; id: string; number: number; records: number; all: number }[]>`
    SELECT s.number AS segment, o.* FROM unnest(${numbers.map(String)}::bigint[]) s (number) CROSS JOIN LATERAL (
      SELECT d.id, d.number, o.records, (count(*) OVER ())::int AS all FROM destruction_objects o JOIN destructions d ON d.id = o.destruction_id
       WHERE o.ledger_id = ${ledgerId} AND o.number = s.number ORDER BY d.number DESC LIMIT ${SHOWN}
    ) o ORDER BY s.number, o.number`;
  const found = new Map<bigint, Pick<SegmentDto, 'destroyed' | 'destroyed_before'>>();
  for (const { segment, all, ...one } of rows) {
    const known = found.get(segment);
    if (known === undefined) found.set(segment, { destroyed: [one], destroyed_before: Math.max(0, all - SHOWN) });
    else known.destroyed.push(one);
  }
  return found;
}

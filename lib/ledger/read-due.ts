import 'server-only';
import type { Tx } from './bounded-read';
import type { RecordKind } from './read-retention';

/** Positions that counts of retention are kept by (migration "retention"). */
export const RETENTION_BLOCK = 32_768n;

/** Blocks of positions with what their hot records hang on, summed up, and how many those are: some ten thousand lines at ten million records. */
export function readHotLines(
  tx: Tx,
  ledgerId: number,
): Promise<{ block: number; event_day: string; recorded_day: string; class: number; marks: number[]; count: bigint }[]> {
  return tx.$queryRaw`
    SELECT block, event_day::text, recorded_day::text, class, marks, sum(count)::bigint AS count FROM retention_counts
     WHERE ledger_id = ${ledgerId} AND state = 'hot' GROUP BY block, event_day, recorded_day, class, marks`;
}

/** Blocks whose counts say nothing: they are to be counted anew. */
export async function readDirtyBlocks(tx: Tx, ledgerId: number): Promise<number[]> {
  const rows = await tx.$queryRaw<{ block: number }[]>`SELECT block FROM retention_dirty WHERE ledger_id = ${ledgerId}`;
  return rows.map(({ block }) => block);
}

/** What retention hangs on of the records behind a position, up to another, in order. */
export function readKindsBehind(
  tx: Tx,
  ledgerId: number,
  after: bigint,
  to: bigint,
  limit: number,
): Promise<(RecordKind & { conversation_id: string | null })[]> {
  return tx.$queryRaw`
    SELECT r.seq, (r.occurred_at AT TIME ZONE 'UTC')::date::text AS event_day, day_recorded(e.received_at_us)::text AS recorded_day, r.domains,
           unmapped_of(r.action, r.body) AS unmapped, r.conversation_id
      FROM records r JOIN entries e ON e.ledger_id = ${ledgerId} AND e.seq = r.seq
     WHERE r.ledger_id = ${ledgerId} AND r.seq > ${after} AND r.seq <= ${to} ORDER BY r.seq LIMIT ${limit}`;
}

import 'server-only';
import { pool } from '@/lib/db';
import type { ArchiveFilter } from '@/lib/schema/archive-search';
import type { PageCursor } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { type Segment, selectSegments } from './segments';

/** How many segments a ledger has whose copies were confirmed, and those of them in which something may pass: by days, conversation and page. */
export async function archivedSegments(
  ledgerId: number,
  filter: ArchiveFilter,
  cursor: PageCursor,
): Promise<{ all: number; wanted: Segment[] }> {
  const { rows } = await pool('verification').query<{ n: number }>(
    `SELECT count(*)::int AS n FROM archive_segments WHERE ledger_id = $1 AND state IN ('confirmed', 'pruned') AND removed_at IS NULL`,
    [ledgerId],
  );
  const conditions = [`ledger_id = $1`, `state IN ('confirmed', 'pruned')`, 'removed_at IS NULL'];
  const values: unknown[] = [ledgerId];
  const add = (condition: (place: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  add((place) => `first_seq < ${place}::bigint`, cursor.older);
  add((place) => `last_seq > ${place}::bigint`, cursor.newer);
  add((place) => `event_to >= ${place}::date`, dayOf(filter.after));
  add((place) => `event_from <= ${place}::date`, dayOf(filter.before));
  add(
    (place) =>
      `EXISTS (SELECT FROM archive_conversations c WHERE c.ledger_id = archive_segments.ledger_id AND c.number = archive_segments.number AND c.conversation_id = ${place})`,
    filter.conversation,
  );
  return { all: rows[0]!.n, wanted: await selectSegments(`${conditions.join(' AND ')} ORDER BY number`, values) };
}

function dayOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : new Date(instantOf(value)).toISOString().slice(0, 10);
}

import 'server-only';
import type { HoldDto } from '@/lib/schema/holds';
import type { EntryDto } from '@/lib/schema/screens';
import type { Tx } from './bounded-read';
import { HOLD, type StoredHold, toHold } from './read-holds';

const SHOWN = 20;

/** Holds that reached any of these entries, or the conversation that they are of, and were released since: newest first. By index, for each thing that a hold can be on. */
export async function readReleasedHolds(
  tx: Tx,
  ledgerId: number,
  { conversationId, entries, subjects }: { conversationId: string | null; entries: readonly EntryDto[]; subjects: readonly string[] },
): Promise<HoldDto[]> {
  const on = new Map<string, [kind: string, value: string, type: string]>();
  const add = (kind: string, value: string | null | undefined, type = '') => {
    if (value !== null && value !== undefined) on.set(`${kind} ${type} ${value}`, [kind, value, type]);
  };
  add('conversation', conversationId);
  for (const subject of subjects) add('subject', subject);
  const days = new Set<string>();
  for (const { body, received_at } of entries) {
    days.add(received_at.slice(0, 10));
    if (body === null) continue;
    days.add(body.timestamp.slice(0, 10));
    add('actor', body.actor_id);
    add('agent', body.agent_name);
    if (body.resource_type !== undefined) add('resource', body.resource_id, body.resource_type);
  }
  const asked = [...on.values()];
  // One that was released before the first of them came in kept nothing of it.
  const begun = entries.reduce<string | null>(
    (first, { received_at }) => (first === null || received_at < first ? received_at : first),
    null,
  );
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds WHERE id IN (
      SELECT h.id FROM unnest(${asked.map(([kind]) => kind)}::text[], ${asked.map(([, value]) => value)}::text[], ${asked.map(([, , type]) => type)}::text[])
             AS o (kind, value, type) CROSS JOIN LATERAL (
        SELECT h.id FROM legal_holds h WHERE h.ledger_id = ${ledgerId} AND h.released_at IS NOT NULL AND h.scope_kind = o.kind AND h.scope_value = o.value
           AND coalesce(h.scope_type, '') = o.type OFFSET 0) h
      UNION ALL
      SELECT h.id FROM legal_holds h WHERE h.ledger_id = ${ledgerId} AND h.released_at IS NOT NULL AND h.scope_kind = 'time' AND h.scope_value = ''
         AND EXISTS (SELECT FROM unnest(${[...days]}::date[]) AS d (day) WHERE d.day BETWEEN h.scope_from AND h.scope_to)
    ) AND released_at > coalesce(${begun}::timestamptz, '-infinity') ORDER BY number DESC LIMIT ${SHOWN}`;
  return rows.map(toHold);
}

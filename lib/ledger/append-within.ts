import 'server-only';
import type { Prisma } from '@/prisma/generated/client';
import type { PreparedRecord } from './prepare-record';

/**
 * Appends one record without a conversation in the caller's transaction, for a change that must be committed together with the record of it.
 * The ledger stays locked until that transaction ends: do this last, and end it soon.
 * @throws Error where the id is known already: such a record has an id of its own.
 */
export async function appendWithin(tx: Prisma.TransactionClient, ledgerId: number, record: PreparedRecord): Promise<{ seq: bigint }> {
  if (record.conversationId !== null) throw new Error('records of a conversation go through appendRecord');
  const r = record;
  // Whatever the server's default: what this transaction acknowledges is on disk.
  const [row] = await tx.$queryRaw<{ o_first: bigint | null }[]>`
    SELECT o_first FROM (SELECT set_config('synchronous_commit', 'on', true)) AS durable, append_entries(
      ${ledgerId}::int, ARRAY[${r.id}::uuid], ARRAY[${r.body}::bytea], ARRAY[${r.submitted}::bytea],
      ARRAY[${new Date(r.occurredAt)}::timestamptz], ARRAY[${r.action}::text], ARRAY[${r.actorId}::text], ARRAY[${r.actorType}::text], ARRAY[NULL::text],
      ARRAY[${r.agentName}::text], ARRAY[${r.resourceType}::text], ARRAY[${r.resourceId}::text], ARRAY[${r.subjectId}::text],
      ARRAY[${r.outcome}::text], ARRAY[${r.classification}::smallint], ARRAY[0], ARRAY[0],
      '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
      ARRAY[${r.tool}::text], ARRAY[${r.model}::text], ARRAY[${r.domains}::text], ARRAY[${r.phi}::boolean])`;
  if (row.o_first === null) throw new Error(`record ${r.id} is already in the ledger`);
  return { seq: BigInt(row.o_first) };
}

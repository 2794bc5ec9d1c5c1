import 'server-only';
import type { Held, HoldDetail, HoldScope } from '@/lib/schema/holds';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

const SHOWN = 100;
const COUNTED = 10_000;

interface Stored {
  number: bigint;
  first_seq: bigint;
  last_seq: bigint;
  rows: number;
  store: 's3' | 'directory';
  object_key: string;
  legal_hold: boolean;
  legal_hold_at: Date | null;
  locked_until: Date | null;
  failed_at: Date | null;
  fault: string | null;
}

/** Segments that hold anything of a scope, newest first, with the hold that their store was told of. */
export async function readHeldSegments(tx: Tx, ledgerId: number, scope: HoldScope): Promise<HoldDetail['segments']> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT number, first_seq, last_seq, rows, store, object_key, legal_hold, legal_hold_at, locked_until, legal_hold_failed_at AS failed_at, legal_hold_fault AS fault
      FROM archive_segments
     WHERE ledger_id = ${ledgerId} AND number IN (${reached(ledgerId, scope)}) AND state IN ('confirmed', 'pruned') AND removed_at IS NULL ORDER BY number DESC LIMIT ${SHOWN}`;
  return rows.map(
    ({ number, first_seq, last_seq, rows: records, store, object_key, legal_hold, legal_hold_at, locked_until, failed_at, fault }) => ({
      number: String(number),
      first_seq: String(first_seq),
      last_seq: String(last_seq),
      records,
      store,
      object_key,
      legal_hold,
      legal_hold_at: legal_hold_at?.toISOString() ?? null,
      legal_hold_fault: failed_at === null ? null : { at: failed_at.toISOString(), say: fault ?? '' },
      locked_until: locked_until?.toISOString() ?? null,
    }),
  );
}

export async function countHeldSegments(tx: Tx, ledgerId: number, scope: HoldScope): Promise<Held['segments']> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM archive_segments WHERE ledger_id = ${ledgerId} AND number IN (${reached(ledgerId, scope)}) AND state IN ('confirmed', 'pruned') AND removed_at IS NULL LIMIT ${COUNTED + 1}
    ) found`;
  const count = row?.count ?? 0;
  return { count: Math.min(count, COUNTED), exact: count <= COUNTED };
}

/** What archive_held (migration "archive") finds of all standing holds, of one scope. */
function reached(ledgerId: number, scope: HoldScope): Prisma.Sql {
  const talks = (conversations: Prisma.Sql) =>
    Prisma.sql`SELECT a.number FROM archive_conversations a WHERE a.ledger_id = ${ledgerId} AND a.conversation_id IN (${conversations})`;
  switch (scope.kind) {
    case 'conversation':
      return talks(Prisma.sql`SELECT ${scope.value}`);
    case 'time':
      return Prisma.sql`SELECT a.number FROM archive_segments a JOIN entries f ON f.ledger_id = ${ledgerId} AND f.seq = a.first_seq
          JOIN entries l ON l.ledger_id = ${ledgerId} AND l.seq = a.last_seq
         WHERE a.ledger_id = ${ledgerId} AND (a.event_from <= ${scope.to}::date AND a.event_to >= ${scope.from}::date
               OR day_recorded(f.received_at_us) <= ${scope.to}::date AND day_recorded(l.received_at_us) >= ${scope.from}::date)`;
    default: {
      const type = scope.kind === 'resource' ? scope.type : '';
      const traces = Prisma.sql`FROM retention_traces t WHERE t.ledger_id = ${ledgerId} AND t.kind = ${scope.kind} AND t.value = ${scope.value} AND t.type = ${type}`;
      const own = Prisma.sql`${talks(Prisma.sql`SELECT t.conversation_id ${traces} AND t.conversation_id <> ''`)}
        UNION SELECT a.number ${Prisma.sql`FROM (SELECT t.first_seq, t.last_seq ${traces} AND t.conversation_id = '') t`}
          JOIN archive_segments a ON a.ledger_id = ${ledgerId} AND a.first_seq <= t.last_seq AND a.last_seq >= t.first_seq
        UNION ${stillHere(ledgerId, scope)}`;
      if (scope.kind !== 'subject') return own;
      return Prisma.sql`${own} UNION
        ${talks(Prisma.sql`SELECT c.conversation_id FROM conversations c WHERE c.ledger_id = ${ledgerId} AND c.subject_id = ${scope.value}`)} UNION
        ${talks(Prisma.sql`SELECT p.conversation_id FROM conversation_people p WHERE p.ledger_id = ${ledgerId} AND p.subject_id = ${scope.value}`)}`;
    }
  }
}

/** Confirmed, and their records in the database still. */
function stillHere(ledgerId: number, scope: Exclude<HoldScope, { kind: 'time' }>): Prisma.Sql {
  const on =
    scope.kind === 'resource'
      ? Prisma.sql`r.resource_type = ${scope.type} AND r.resource_id = ${scope.value}`
      : scope.kind === 'actor'
        ? Prisma.sql`r.actor_id = ${scope.value}`
        : scope.kind === 'agent'
          ? Prisma.sql`r.agent_name = ${scope.value}`
          : Prisma.sql`r.subject_id = ${scope.value}`;
  return Prisma.sql`SELECT a.number FROM archive_segments a WHERE a.ledger_id = ${ledgerId} AND a.state = 'confirmed'
      AND EXISTS (SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND ${on} AND r.seq BETWEEN a.first_seq AND a.last_seq AND a.seqs @> r.seq)`;
}

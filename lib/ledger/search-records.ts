import 'server-only';
import { instantOf, type RecordFilter } from '@/lib/schema/filters';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { LedgerRow } from './find-ledger';
import { recordsOf } from './read-entries';
import type { Driver, Search, Span } from './walk-positions';

/** Positions of a leaf of `records` (migration "ledger"). */
export const LEAF = 262_144n;

/** The columns that conditions name. */
const COLUMNS = Prisma.sql`seq, occurred_at, action, actor_id, actor_type, conversation_id, agent_name, resource_type, resource_id, subject_id, outcome, classification`;

const order = (span: Span): Prisma.Sql => (span.older ? Prisma.sql`seq DESC` : Prisma.sql`seq ASC`);
const inside = (span: Span): Prisma.Sql => Prisma.sql`seq >= ${span.low} AND seq <= ${span.high}`;

/** The filters of a screen as a search over the records of a ledger (how it is carried out: walk-positions.ts). */
export function searchRecords(ledger: Pick<LedgerRow, 'id'>, filter: RecordFilter): Search {
  const table = recordsOf(ledger);
  const conditions = conditionsOf(filter);
  const drivers: Driver[] = [];
  const has = (name: string): Prisma.Sql | undefined => conditions.get(name);

  /** An index on (column, seq): in order of position by itself. */
  const ordered = (name: string, condition = has(name)!, settles: readonly string[] = [name]): Driver => ({
    settles,
    positions: (span, limit) =>
      Prisma.sql`SELECT seq FROM ${table} WHERE ${condition} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`,
    rows: (span, limit) =>
      Prisma.sql`SELECT ${COLUMNS} FROM ${table} WHERE ${condition} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`,
    any: (limit) => Prisma.sql`SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${limit}`,
  });
  /** An index that has the position, but is not in its order: all its entries of a block are read, and the rows of the first few. */
  const unordered = (name: string, settles: readonly string[] = [name]): Driver => {
    const plain = ordered(
      name,
      Prisma.join(
        settles.flatMap((settled) => has(settled) ?? []),
        ' AND ',
      ),
      settles,
    );
    return {
      ...plain,
      blockwise: true,
      rows: (span, limit) =>
        Prisma.sql`SELECT ${COLUMNS} FROM ${table} WHERE ledger_id = ${ledger.id} AND ${inside(span)} AND seq = ANY (ARRAY(${plain.positions(span, limit)}))`,
    };
  };

  for (const name of ['action', 'actor', 'agent', 'subject', 'classification']) if (has(name)) drivers.push(ordered(name));
  if (has('conversation')) drivers.push(conversationDriver(ledger, has('conversation')!));
  if (filter.outcome !== undefined && filter.outcome !== 'success') drivers.push(ordered('outcome'));
  if (filter.actor_type === 'admin' || filter.actor_type === 'system') drivers.push(ordered('actor_type'));
  if (has('resource_type') && has('resource_id')) {
    drivers.push(ordered('resource_id', Prisma.sql`${has('resource_type')} AND ${has('resource_id')}`, ['resource_type', 'resource_id']));
  } else if (has('resource_type')) {
    drivers.push(unordered('resource_type'));
  }
  if (has('after') || has('before')) {
    drivers.push(unordered('time', ['after', 'before']));
  }
  const everything: Driver = ordered('everything', Prisma.sql`ledger_id = ${ledger.id}`, []);
  return { drivers, everything, conditions, block: LEAF };
}

/**
 * Within a ledger the order of conversation_seq is that of seq, so that the index of conversations serves: from the number that follows the row just
 * outside the span, where that row is of this conversation, which it is on every page but one that somebody has typed.
 */
function conversationDriver(ledger: Pick<LedgerRow, 'id'>, condition: Prisma.Sql): Driver {
  const table = recordsOf(ledger);
  const some = (columns: Prisma.Sql, span: Span, limit: number): Prisma.Sql => {
    const outside = span.older ? span.high + 1n : span.low - 1n;
    const at = Prisma.sql`(SELECT conversation_seq FROM ${table} WHERE ledger_id = ${ledger.id} AND seq = ${outside} AND ${condition})`;
    return span.older
      ? Prisma.sql`SELECT ${columns} FROM ${table} WHERE ${condition} AND conversation_seq < coalesce(${at}, 9223372036854775807) AND ${inside(span)}
                   ORDER BY conversation_seq DESC LIMIT ${limit}`
      : Prisma.sql`SELECT ${columns} FROM ${table} WHERE ${condition} AND conversation_seq > coalesce(${at}, -1) AND ${inside(span)}
                   ORDER BY conversation_seq LIMIT ${limit}`;
  };
  return {
    settles: ['conversation'],
    positions: (span, limit) => some(Prisma.sql`seq`, span, limit),
    rows: (span, limit) => some(COLUMNS, span, limit),
    any: (limit) => Prisma.sql`SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${limit}`,
  };
}

function conditionsOf(filter: RecordFilter): Map<string, Prisma.Sql> {
  const conditions = new Map<string, Prisma.Sql>();
  const equal = (name: string, column: Prisma.Sql, value: string | undefined): void => {
    if (value !== undefined) conditions.set(name, Prisma.sql`${column} = ${value}`);
  };
  equal('action', Prisma.sql`action`, filter.action);
  equal('actor', Prisma.sql`actor_id`, filter.actor);
  equal('actor_type', Prisma.sql`actor_type`, filter.actor_type);
  equal('agent', Prisma.sql`agent_name`, filter.agent);
  equal('conversation', Prisma.sql`conversation_id`, filter.conversation);
  equal('resource_type', Prisma.sql`resource_type`, filter.resource_type);
  equal('resource_id', Prisma.sql`resource_id`, filter.resource_id);
  equal('subject', Prisma.sql`subject_id`, filter.subject);
  equal('outcome', Prisma.sql`outcome`, filter.outcome);
  if (filter.classification)
    conditions.set('classification', Prisma.sql`classification = ${CLASSIFICATIONS.indexOf(filter.classification)}`);
  if (filter.after) conditions.set('after', Prisma.sql`occurred_at >= ${instantOf(filter.after)}::timestamptz`);
  if (filter.before) conditions.set('before', Prisma.sql`occurred_at < ${instantOf(filter.before)}::timestamptz`);
  return conditions;
}

/** Every entry, whether or not its record is there. */
export function searchEntries(ledger: Pick<LedgerRow, 'id'>): Search {
  const all = (span: Span, limit: number): Prisma.Sql =>
    Prisma.sql`SELECT seq FROM entries WHERE ledger_id = ${ledger.id} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`;
  const any = (limit: number): Prisma.Sql => Prisma.sql`SELECT 1 FROM entries WHERE ledger_id = ${ledger.id} LIMIT ${limit}`;
  return { drivers: [], everything: { settles: [], positions: all, rows: all, any }, conditions: new Map(), block: null };
}

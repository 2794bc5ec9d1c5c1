import 'server-only';
import type { ConversationFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { parseQuery, type Term } from '@/lib/schema/search-query';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import type { Driver, Search, Span } from './walk-positions';

const COLUMNS = Prisma.sql`first_seq AS seq, conversation_id, agent_name, user_id, subject_id, classification, ended, has_gap, first_at`;
/** A range of ids or times is a driver while it holds no more than this: its index is not in order of position, so it is taken whole. */
const RANGE_MAX = 1_500;

/** The filters of the conversations' list as a search by first_seq (how it is carried out: walk-positions.ts). */
export async function searchConversations(tx: Tx, ledger: Pick<LedgerRow, 'id'>, asked: ConversationFilter): Promise<Search> {
  const { filter, rest } = filtersOf(asked);
  const conditions = conditionsOf(filter);
  for (const [i, term] of rest.entries()) conditions.set(`term ${i}`, conditionOf(term));
  const own = Prisma.sql`ledger_id = ${ledger.id}`;
  const inside = (span: Span): Prisma.Sql => Prisma.sql`first_seq >= ${span.low} AND first_seq <= ${span.high}`;
  const way = (span: Span): Prisma.Sql => (span.older ? Prisma.sql`DESC` : Prisma.sql`ASC`);
  const drivers: Driver[] = [];

  /** Walks (ledger_id, first_seq), whole or partial. */
  const plain = (name: string | null): Driver => {
    const condition = name === null ? Prisma.sql`TRUE` : conditions.get(name)!;
    const some = (columns: Prisma.Sql) => (span: Span, limit: number) =>
      Prisma.sql`SELECT ${columns} FROM conversations WHERE ${own} AND ${condition} AND ${inside(span)} ORDER BY first_seq ${way(span)} LIMIT ${limit}`;
    return {
      settles: name === null ? [] : [name],
      positions: some(Prisma.sql`first_seq AS seq`),
      rows: some(COLUMNS),
      any: (limit) => Prisma.sql`SELECT 1 FROM conversations WHERE ${own} AND ${condition} LIMIT ${limit}`,
    };
  };
  /**
   * Walks (ledger_id, column, first_seq). The pair is compared as a row and named in the order, so that only this index gives that order: the one on
   * first_seq would pass over every other value on the way to a rare one.
   */
  const paired = (name: string, column: Prisma.Sql, value: string | number | undefined, type: Prisma.Sql): void => {
    if (value === undefined) return;
    const bound = (seq: bigint): Prisma.Sql => Prisma.sql`(${value}::${type}, ${seq}::bigint)`;
    const some = (columns: Prisma.Sql) => (span: Span, limit: number) =>
      Prisma.sql`SELECT ${columns} FROM conversations WHERE ${own} AND ${column} IS NOT NULL AND (${column}, first_seq) >= ${bound(span.low)}
                 AND (${column}, first_seq) <= ${bound(span.high)} ORDER BY ${column} ${way(span)}, first_seq ${way(span)} LIMIT ${limit}`;
    drivers.push({
      settles: [name],
      positions: some(Prisma.sql`first_seq AS seq`),
      rows: some(COLUMNS),
      any: (limit) => Prisma.sql`SELECT 1 FROM conversations WHERE ${own} AND ${conditions.get(name)!} LIMIT ${limit}`,
    });
  };
  /** Takes a range of (ledger_id, column) whole, if it is small. */
  const range = async (settles: readonly string[], column: Prisma.Sql, condition: Prisma.Sql): Promise<void> => {
    const all = (columns: Prisma.Sql): Prisma.Sql =>
      Prisma.sql`SELECT ${columns} FROM conversations WHERE ${own} AND ${condition} ORDER BY ${column} LIMIT ${RANGE_MAX + 1}`;
    const [row] = await tx.$queryRaw<{ n: number }[]>`SELECT count(*)::int AS n FROM (${all(Prisma.sql`1`)}) AS counted`;
    if (row!.n > RANGE_MAX) return;
    const some = (columns: Prisma.Sql) => (span: Span, limit: number) =>
      Prisma.sql`SELECT * FROM (${all(columns)}) AS few WHERE seq >= ${span.low} AND seq <= ${span.high} ORDER BY seq ${way(span)} LIMIT ${limit}`;
    drivers.push({ settles, positions: some(Prisma.sql`first_seq AS seq`), rows: some(COLUMNS), any: () => all(Prisma.sql`1`) });
  };

  paired('agent', Prisma.sql`agent_name`, filter.agent, Prisma.sql`text`);
  paired('user', Prisma.sql`user_id`, filter.user, Prisma.sql`text`);
  paired('subject', Prisma.sql`subject_id`, filter.subject, Prisma.sql`text`);
  paired('classification', Prisma.sql`classification`, rankOf(filter), Prisma.sql`smallint`);
  if (filter.gaps) drivers.push(plain('gaps'));
  if (filter.state === 'open') drivers.push(plain('state'));
  if (filter.id) {
    // Ids are printable ASCII: what begins with the text lies between it and it followed by the character after the last of those.
    await range(
      ['id'],
      Prisma.sql`conversation_id`,
      Prisma.sql`conversation_id >= ${filter.id} AND conversation_id < ${`${filter.id}\x7f`}`,
    );
  }
  const time = ['after', 'before'].flatMap((name) => conditions.get(name) ?? []);
  if (time.length > 0) await range(['after', 'before'], Prisma.sql`first_at`, Prisma.join(time, ' AND '));
  return { drivers, everything: plain(null), conditions, block: null };
}

/** Qualifiers that are filters under another name; a bare word is the beginning of the id. */
const SAME: Partial<Record<string, keyof ConversationFilter>> = {
  actor: 'user',
  agent: 'agent',
  subject: 'subject',
  class: 'classification',
  has: 'gaps',
  before: 'before',
  after: 'after',
};

/** A search as filters, as far as it is one of them, and the terms that are left: turned round, or saying otherwise than a filter. */
function filtersOf({ q, ...merged }: ConversationFilter): { filter: ConversationFilter; rest: Term[] } {
  const set: Record<string, string | undefined> = merged;
  const rest = (q === undefined ? [] : parseQuery(q, 'conversations').terms).filter((term) => {
    const same = term.name === null ? 'id' : SAME[term.name];
    const value = term.name === 'has' ? 'yes' : term.value;
    if (term.not || same === undefined || (set[same] !== undefined && set[same] !== value)) return true;
    set[same] = value;
    return false;
  });
  return { filter: merged, rest };
}

function conditionOf({ name, value, not }: Term): Prisma.Sql {
  const same = name === null ? 'id' : SAME[name];
  if (same === undefined) throw new Error(`${name}: is no qualifier of conversations`);
  const [condition] = conditionsOf({ [same]: name === 'has' ? 'yes' : value }).values();
  return not ? Prisma.sql`((${condition!}) IS NOT TRUE)` : condition!;
}

const rankOf = (filter: ConversationFilter): number | undefined =>
  filter.classification === undefined ? undefined : CLASSIFICATIONS.indexOf(filter.classification);

function conditionsOf(filter: ConversationFilter): Map<string, Prisma.Sql> {
  const conditions = new Map<string, Prisma.Sql>();
  if (filter.agent) conditions.set('agent', Prisma.sql`agent_name = ${filter.agent}`);
  if (filter.user) conditions.set('user', Prisma.sql`user_id = ${filter.user}`);
  if (filter.subject) conditions.set('subject', Prisma.sql`subject_id = ${filter.subject}`);
  if (filter.id) conditions.set('id', Prisma.sql`starts_with(conversation_id, ${filter.id})`);
  if (filter.classification) conditions.set('classification', Prisma.sql`classification = ${rankOf(filter)}::smallint`);
  if (filter.state) conditions.set('state', filter.state === 'open' ? Prisma.sql`NOT ended` : Prisma.sql`ended`);
  if (filter.gaps) conditions.set('gaps', Prisma.sql`has_gap`);
  if (filter.after) conditions.set('after', Prisma.sql`first_at >= ${instantOf(filter.after)}::timestamptz`);
  if (filter.before) conditions.set('before', Prisma.sql`first_at < ${instantOf(filter.before)}::timestamptz`);
  return conditions;
}

import 'server-only';
import { Prisma } from '@/prisma/generated/client';
import type { LedgerRow } from './find-ledger';
import { recordsOf } from './read-entries';
import type { Driver, Span } from './walk-positions';

/** Positions of a leaf of `records` (migration "ledger"). */
export const LEAF = 262_144n;
type Ledger = Pick<LedgerRow, 'id'>;

/** The columns that conditions name. */
const COLUMNS = Prisma.sql`seq, id, occurred_at, action, actor_id, actor_type, conversation_id, agent_name, resource_type, resource_id, subject_id, outcome,
  classification, tool, model, domains, phi`;

const order = (span: Span): Prisma.Sql => (span.older ? Prisma.sql`seq DESC` : Prisma.sql`seq ASC`);
const inside = (span: Span): Prisma.Sql => Prisma.sql`seq >= ${span.low} AND seq <= ${span.high}`;
/** The whole leaf in which the span lies, so that a range of an index is bounded by its own length and not by what of it the span leaves out. */
const leafOf = (span: Span): Prisma.Sql => {
  const first = (span.high / LEAF) * LEAF;
  return Prisma.sql`seq >= ${first} AND seq <= ${first + LEAF - 1n}`;
};

/** An index on (column, seq): in order of position by itself. */
export function ordered(ledger: Ledger, condition: Prisma.Sql, settles: readonly string[]): Driver {
  const table = recordsOf(ledger);
  return {
    settles,
    positions: (span, limit) =>
      Prisma.sql`SELECT seq FROM ${table} WHERE ${condition} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`,
    rows: (span, limit) =>
      Prisma.sql`SELECT ${COLUMNS} FROM ${table} WHERE ${condition} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`,
    any: (limit) => Prisma.sql`SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${limit}`,
  };
}

/** A list of positions of one block that comes from elsewhere than the order of an index on them: the rows of the first few are read by it. */
function listed(ledger: Ledger, settles: readonly string[], positions: Driver['positions'], any: Driver['any']): Driver {
  const table = recordsOf(ledger);
  return {
    blockwise: true,
    settles,
    positions,
    rows: (span, limit) =>
      Prisma.sql`SELECT ${COLUMNS} FROM ${table} WHERE ledger_id = ${ledger.id} AND ${inside(span)} AND seq = ANY (ARRAY(${positions(span, limit)}))`,
    any,
  };
}

/** An index that has the position, but is not in its order: all its entries of a block are read. */
export function unordered(ledger: Ledger, condition: Prisma.Sql, settles: readonly string[]): Driver {
  const plain = ordered(ledger, condition, settles);
  return listed(ledger, settles, plain.positions, plain.any);
}

/**
 * Within a ledger the order of conversation_seq is that of seq, so that the index of conversations serves: from the number that follows the row just
 * outside the span, where that row is of this conversation, which it is on every page but one that somebody has typed.
 */
export function ofConversation(ledger: Ledger, condition: Prisma.Sql): Driver {
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

/** Of a candidate that the index of words gave: its record is in the database. */
export const HERE = Prisma.sql`id IS NOT NULL`;

/**
 * Words whose index has (token, seq), of records that have left the database too: those are candidates without columns, so that as many come back as were asked for.
 * Whoever asks for anything but words asks for {@link HERE} as well.
 */
export function saying(ledger: Ledger, token: Uint8Array, name: string): Driver {
  const own = Prisma.sql`ledger_id = ${ledger.id} AND token = ${token}`;
  const positions: Driver['positions'] = (span, limit) =>
    Prisma.sql`SELECT seq FROM word_tokens WHERE ${own} AND ${inside(span)} ORDER BY ${order(span)} LIMIT ${limit}`;
  const any: Driver['any'] = (limit) => Prisma.sql`SELECT 1 FROM word_tokens WHERE ${own} LIMIT ${limit}`;
  const here = listed(ledger, [name], positions, any);
  const rows: Driver['rows'] = (span, limit) => Prisma.sql`
    SELECT ${COLUMNS} FROM (${positions(span, limit)}) AS said LEFT JOIN (${here.rows(span, limit)}) AS held USING (seq)`;
  return { ...here, rows };
}

/**
 * What follows steps over the distinct values of a column, or reads a range of one, of which nobody can say how long it is. Up to these numbers in a block
 * they give the candidates; where there are more, every row of the block is a candidate. Their conditions stay open: what they miss is never lost, and what
 * they take too much is judged.
 */
const VALUES_MAX = 64;
const RANGE_MAX = 400;

/** The distinct values of the first column of an index, one descent each: (v, n), the last one null where all were seen. */
function distinct(ledger: Ledger, span: Span, column: Prisma.Sql): Prisma.Sql {
  const first = (behind: Prisma.Sql) =>
    Prisma.sql`(SELECT ${column} FROM ${recordsOf(ledger)} WHERE ${column} IS NOT NULL AND ${behind} AND ${leafOf(span)} ORDER BY ${column} LIMIT 1)`;
  return Prisma.sql`RECURSIVE listed(v, n) AS (SELECT ${first(Prisma.sql`TRUE`)}, 1
    UNION ALL SELECT ${first(Prisma.sql`${column} > listed.v`)}, listed.n + 1 FROM listed WHERE listed.v IS NOT NULL AND listed.n <= ${VALUES_MAX})`;
}
const TOO_MANY_VALUES = Prisma.sql`(SELECT count(*) FROM listed WHERE v IS NOT NULL) > ${VALUES_MAX}`;

/** @param few `SELECT seq` from `few` or the like, in any order. @param full whether that is not all of them. */
function either(ledger: Ledger, span: Span, limit: number, parts: { before: Prisma.Sql; few: Prisma.Sql; full: Prisma.Sql }): Prisma.Sql {
  return Prisma.sql`SELECT seq FROM (
      WITH ${parts.before}, overfull(yes) AS MATERIALIZED (SELECT ${parts.full})
      (SELECT seq FROM (${parts.few}) AS found WHERE NOT (SELECT yes FROM overfull) AND ${inside(span)} GROUP BY seq)
      UNION ALL
      (SELECT seq FROM ${recordsOf(ledger)} WHERE ledger_id = ${ledger.id} AND ${inside(span)} AND (SELECT yes FROM overfull) ORDER BY ${order(span)} LIMIT ${limit})
    ) AS candidates ORDER BY ${order(span)} LIMIT ${limit}`;
}

const none = (): Prisma.Sql => Prisma.sql`SELECT 1 WHERE FALSE`;

/** Records of a compliance domain: of each list of domains that has it, in order of position. */
export function ofDomain(ledger: Ledger, domain: string): Driver {
  const positions = (span: Span, limit: number): Prisma.Sql =>
    either(ledger, span, limit, {
      before: distinct(ledger, span, Prisma.sql`domains`),
      few: Prisma.sql`SELECT one.seq FROM listed, LATERAL (SELECT seq FROM ${recordsOf(ledger)} WHERE domains = listed.v AND ${inside(span)}
                        ORDER BY ${order(span)} LIMIT ${limit}) AS one WHERE ${domain} = ANY (string_to_array(listed.v, ','))`,
      full: TOO_MANY_VALUES,
    });
  return listed(ledger, [], positions, none);
}

/** Ids are printable ASCII: what begins with the text lies between it and it followed by the character after the last of those. */
const beginsWith = (column: Prisma.Sql, text: string): Prisma.Sql => Prisma.sql`${column} >= ${text} AND ${column} < ${`${text}\x7f`}`;

/** A record's own id is looked for by as much of it as nobody types by chance. */
const UUID_START = /^[0-9a-f]{8}(-[0-9a-f]{0,4}){0,3}(-[0-9a-f]{0,12})?$/i;
function uuidRange(word: string): { low: string; high: string } | null {
  if (!UUID_START.test(word)) return null;
  const typed = word.toLowerCase();
  const filled = (digit: string) => typed + '00000000-0000-0000-0000-000000000000'.slice(typed.length).replaceAll('0', digit);
  const [low, high] = [filled('0'), filled('f')];
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(low) ? { low, high } : null;
}

/** What the ids of records begin with that a typed word means, in lower case; null where it is no beginning of one. */
export function idStart(word: string): string | null {
  return uuidRange(word) === null ? null : word.toLowerCase();
}

export function wordCondition(word: string): Prisma.Sql {
  const of = (column: Prisma.Sql) => Prisma.sql`coalesce(starts_with(${column}, ${word}), false)`;
  const range = uuidRange(word);
  const columns = [
    Prisma.sql`conversation_id`,
    Prisma.sql`actor_id`,
    Prisma.sql`agent_name`,
    Prisma.sql`resource_id`,
    Prisma.sql`subject_id`,
  ].map(of);
  if (range) columns.push(Prisma.sql`id BETWEEN ${range.low}::uuid AND ${range.high}::uuid`);
  return Prisma.sql`(${Prisma.join(columns, ' OR ')})`;
}

/** Records of which some id begins with a word. */
export function beginningWith(ledger: Ledger, word: string): Driver {
  const table = recordsOf(ledger);
  const range = uuidRange(word);
  const positions = (span: Span, limit: number): Prisma.Sql => {
    // Ordered by their column, so that its index alone can give them.
    const few = (column: Prisma.Sql) =>
      Prisma.sql`SELECT seq FROM ${table} WHERE ${beginsWith(column, word)} AND ${leafOf(span)} ORDER BY ${column} LIMIT ${RANGE_MAX + 1}`;
    const pieces = [Prisma.sql`conversation_id`, Prisma.sql`actor_id`, Prisma.sql`agent_name`, Prisma.sql`subject_id`].map(few);
    pieces.push(Prisma.sql`SELECT one.seq FROM listed, LATERAL (SELECT seq FROM ${table} WHERE resource_type = listed.v AND ${beginsWith(Prisma.sql`resource_id`, word)}
      AND ${leafOf(span)} ORDER BY resource_id LIMIT ${RANGE_MAX + 1}) AS one LIMIT ${RANGE_MAX + 1}`);
    if (range) {
      pieces.push(Prisma.sql`SELECT seq FROM entries WHERE ledger_id = ${ledger.id} AND id BETWEEN ${range.low}::uuid AND ${range.high}::uuid
        ORDER BY id LIMIT ${RANGE_MAX + 1}`);
    }
    const all = pieces.map((piece, i) => Prisma.sql`SELECT seq, ${i}::int AS piece FROM (${piece}) AS ${Prisma.raw(`piece${i}`)}`);
    return either(ledger, span, limit, {
      before: Prisma.sql`${distinct(ledger, span, Prisma.sql`resource_type`)}, few AS MATERIALIZED (${Prisma.join(all, ' UNION ALL ')})`,
      few: Prisma.sql`SELECT seq FROM few`,
      full: Prisma.sql`${TOO_MANY_VALUES} OR EXISTS (SELECT FROM few GROUP BY piece HAVING count(*) > ${RANGE_MAX})`,
    });
  };
  return listed(ledger, [], positions, none);
}

/** Records whose resource has this id, whatever its type, or is of this type. */
export function ofResource(ledger: Ledger, named: string): Driver {
  const table = recordsOf(ledger);
  const positions = (span: Span, limit: number): Prisma.Sql =>
    either(ledger, span, limit, {
      before: Prisma.sql`${distinct(ledger, span, Prisma.sql`resource_type`)}, few AS MATERIALIZED (
        SELECT seq, 0 AS piece FROM (SELECT seq FROM ${table} WHERE resource_type = ${named} AND ${leafOf(span)} ORDER BY resource_id LIMIT ${RANGE_MAX + 1}) AS typed
        UNION ALL
        SELECT seq, 1 AS piece FROM (SELECT one.seq FROM listed, LATERAL (SELECT seq FROM ${table} WHERE resource_type = listed.v AND resource_id = ${named}
          AND ${leafOf(span)} ORDER BY seq LIMIT ${RANGE_MAX + 1}) AS one LIMIT ${RANGE_MAX + 1}) AS named)`,
      few: Prisma.sql`SELECT seq FROM few`,
      full: Prisma.sql`${TOO_MANY_VALUES} OR EXISTS (SELECT FROM few GROUP BY piece HAVING count(*) > ${RANGE_MAX})`,
    });
  return listed(ledger, [], positions, none);
}

/** Everything, in order. */
export function everything(ledger: Ledger): Driver {
  return ordered(ledger, Prisma.sql`ledger_id = ${ledger.id}`, []);
}

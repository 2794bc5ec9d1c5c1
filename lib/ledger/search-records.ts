import 'server-only';
import type { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { readResource, type Term, tokensOf } from '@/lib/schema/search-query';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { LedgerRow } from './find-ledger';
import { beginningWith, everything, HERE, LEAF, ofConversation, ofDomain, ofResource, ordered, saying, unordered } from './record-drivers';
import { conditionOf, filtersOf, tokenCondition, tokenOf, type WordTokens } from './search-terms';
import type { Driver, Search, Span } from './walk-positions';

type Ledger = Pick<LedgerRow, 'id'>;
const NO_TOKENS: WordTokens = new Map();

/**
 * The filters of a screen as a search over the records of a ledger (how it is carried out: walk-positions.ts).
 * @param tokens of every word that the search looks for among what was said.
 */
export function searchRecords(ledger: Ledger, asked: RecordFilter, tokens = NO_TOKENS): Search {
  const { filter, rest } = filtersOf(asked);
  const conditions = conditionsOf(filter);
  const drivers = driversOf(ledger, filter, conditions);
  for (const [i, term] of rest.entries()) addTerm(ledger, term, `term ${i}`, tokens, conditions, drivers);
  const search = { drivers, everything: everything(ledger), conditions, block: LEAF };
  if (!rest.some((term) => term.name === 'said')) return search;
  // Of what has left the database the index of words knows what was said, and nobody here anything else.
  const wordsAlone = Object.keys(filter).length === 0 && rest.every((term) => term.name === 'said') && drivers.length > 0;
  if (!wordsAlone) conditions.set('here', HERE);
  return { ...search, most: 250, wordsAlone };
}

function driversOf(ledger: Ledger, filter: RecordFilter, conditions: ReadonlyMap<string, Prisma.Sql>): Driver[] {
  const drivers: Driver[] = [];
  const has = (name: string): Prisma.Sql | undefined => conditions.get(name);
  const all = (names: readonly string[]) =>
    Prisma.join(
      names.flatMap((name) => has(name) ?? []),
      ' AND ',
    );
  for (const name of ['action', 'actor', 'agent', 'subject', 'classification'])
    if (has(name)) drivers.push(ordered(ledger, has(name)!, [name]));
  if (has('conversation')) drivers.push(ofConversation(ledger, has('conversation')!));
  if (filter.outcome !== undefined && filter.outcome !== 'success') drivers.push(ordered(ledger, has('outcome')!, ['outcome']));
  if (filter.actor_type === 'admin' || filter.actor_type === 'system') drivers.push(ordered(ledger, has('actor_type')!, ['actor_type']));
  const resource = ['resource_type', 'resource_id'];
  if (has('resource_type') && has('resource_id')) drivers.push(ordered(ledger, all(resource), resource));
  else if (has('resource_type')) drivers.push(unordered(ledger, has('resource_type')!, ['resource_type']));
  const time = ['after', 'before'];
  if (has('after') || has('before')) drivers.push(unordered(ledger, all(time), time));
  return drivers;
}

/** A term that is no filter: its condition, and the index that gives candidates for it, where it has one. */
function addTerm(
  ledger: Ledger,
  term: Term,
  name: string,
  tokens: WordTokens,
  conditions: Map<string, Prisma.Sql>,
  drivers: Driver[],
): void {
  if (term.name === 'said' && !term.not) {
    for (const word of tokensOf(term.value)) {
      const token = tokenOf(tokens, word);
      conditions.set(`${name} ${word}`, tokenCondition(ledger.id, token));
      drivers.push(saying(ledger, token, `${name} ${word}`));
    }
    return;
  }
  const condition = conditionOf(term, ledger.id, tokens);
  conditions.set(name, condition);
  if (term.not) return;
  if (term.name === 'tool' || term.name === 'model' || term.name === 'has') drivers.push(ordered(ledger, condition, [name]));
  else if (term.name === 'domain') drivers.push(ofDomain(ledger, term.value));
  else if (term.name === null) drivers.push(beginningWith(ledger, term.value));
  else if (term.name === 'resource') {
    const { either } = readResource(term.value);
    if (either !== undefined) drivers.push(ofResource(ledger, either));
  }
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
export function searchEntries(ledger: Ledger): Search {
  const all = (span: Span, limit: number): Prisma.Sql =>
    Prisma.sql`SELECT seq FROM entries WHERE ledger_id = ${ledger.id} AND seq >= ${span.low} AND seq <= ${span.high}
               ORDER BY seq ${span.older ? Prisma.sql`DESC` : Prisma.sql`ASC`} LIMIT ${limit}`;
  const any = (limit: number): Prisma.Sql => Prisma.sql`SELECT 1 FROM entries WHERE ledger_id = ${ledger.id} LIMIT ${limit}`;
  return { drivers: [], everything: { settles: [], positions: all, rows: all, any }, conditions: new Map(), block: null };
}

import 'server-only';
import type { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { parseQuery, readResource, type Term, tokensOf } from '@/lib/schema/search-query';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import { wordCondition } from './record-drivers';

/** A token of the index of words, by the word. */
export type WordTokens = ReadonlyMap<string, Uint8Array>;

/** Qualifiers that are filters under another name. */
const SAME = {
  actor: 'actor',
  action: 'action',
  agent: 'agent',
  conversation: 'conversation',
  subject: 'subject',
  class: 'classification',
  outcome: 'outcome',
  before: 'before',
  after: 'after',
} as const;

/** A search as filters, as far as it is one of them, and the terms that are left: turned round, without a filter, or saying otherwise than one. */
export function filtersOf(filter: RecordFilter): { filter: RecordFilter; rest: Term[] } {
  const { q, ...merged } = filter;
  const rest: Term[] = [];
  const set: Record<string, string | undefined> = merged;
  const take = (wanted: Record<string, string>): boolean => {
    if (Object.keys(wanted).some((name) => set[name] !== undefined && set[name] !== wanted[name])) return false;
    Object.assign(set, wanted);
    return true;
  };
  for (const term of q === undefined ? [] : parseQuery(q).terms) {
    const same = term.name === null || term.not ? undefined : (SAME as Partial<Record<string, string>>)[term.name];
    const { type, id } = term.name === 'resource' && !term.not ? readResource(term.value) : {};
    if (same !== undefined && take({ [same]: term.value })) continue;
    if (type !== undefined && take({ resource_type: type, ...(id !== undefined && { resource_id: id }) })) continue;
    rest.push(term);
  }
  return { filter: merged, rest };
}

/** What a term says of a row of records, the minus sign included. */
export function conditionOf(term: Term, ledgerId: number, tokens: WordTokens): Prisma.Sql {
  const condition = positive(term, ledgerId, tokens);
  return term.not ? Prisma.sql`((${condition}) IS NOT TRUE)` : condition;
}

function positive({ name, value }: Term, ledgerId: number, tokens: WordTokens): Prisma.Sql {
  switch (name) {
    case 'actor':
      return Prisma.sql`actor_id = ${value}`;
    case 'action':
      return Prisma.sql`action = ${value}`;
    case 'agent':
      return Prisma.sql`agent_name = ${value}`;
    case 'conversation':
      return Prisma.sql`conversation_id = ${value}`;
    case 'subject':
      return Prisma.sql`subject_id = ${value}`;
    case 'class':
      return Prisma.sql`classification = ${(CLASSIFICATIONS as readonly string[]).indexOf(value)}`;
    case 'outcome':
      return Prisma.sql`outcome = ${value}`;
    case 'tool':
      return Prisma.sql`tool = ${value}`;
    case 'model':
      return Prisma.sql`model = ${value}`;
    case 'domain':
      return Prisma.sql`${value} = ANY (string_to_array(domains, ','))`;
    case 'has':
      return Prisma.sql`phi`;
    case 'before':
      return Prisma.sql`occurred_at < ${instantOf(value)}::timestamptz`;
    case 'after':
      return Prisma.sql`occurred_at >= ${instantOf(value)}::timestamptz`;
    case 'resource':
      return resourceCondition(value);
    case 'said':
      return Prisma.join(
        tokensOf(value).map((word) => tokenCondition(ledgerId, tokenOf(tokens, word))),
        ' AND ',
      );
    case null:
      return wordCondition(value);
  }
}

function resourceCondition(value: string): Prisma.Sql {
  const { type, id, either } = readResource(value);
  if (type === undefined) return Prisma.sql`(resource_type = ${either} OR resource_id = ${either})`;
  return id === undefined ? Prisma.sql`resource_type = ${type}` : Prisma.sql`(resource_type = ${type} AND resource_id = ${id})`;
}

/** `candidates`: the rows that a step judges (walk-positions.ts). Asked of each, since the planner would else read all that the token has. */
export function tokenCondition(ledgerId: number, token: Uint8Array): Prisma.Sql {
  return Prisma.sql`((SELECT true FROM word_tokens w WHERE w.ledger_id = ${ledgerId} AND w.token = ${token} AND w.seq = candidates.seq LIMIT 1) IS TRUE)`;
}

export function tokenOf(tokens: WordTokens, word: string): Uint8Array {
  const token = tokens.get(word);
  if (token === undefined) throw new Error('a search for words without their tokens');
  return token;
}

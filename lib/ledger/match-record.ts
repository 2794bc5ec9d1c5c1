import 'server-only';
import type { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { readResource, type Term } from '@/lib/schema/search-query';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import type { Projection } from './project-body';
import { idStart } from './record-drivers';
import { filtersOf } from './search-terms';

type Judge = (row: Projection) => boolean;

/**
 * The filters of a screen as a question to one record that is read from its body: what search-records.ts asks of columns, asked of a record that has left the database.
 * @throws Error for words that were said: those are found by their index alone
 */
export function matcherOf(asked: RecordFilter): Judge {
  const { filter, rest } = filtersOf(asked);
  const judges: Judge[] = [];
  const equal = (member: keyof Projection, value: string | undefined): void => {
    if (value !== undefined) judges.push((row) => row[member] === value);
  };
  equal('action', filter.action);
  equal('actorId', filter.actor);
  equal('actorType', filter.actor_type);
  equal('agentName', filter.agent);
  equal('conversationId', filter.conversation);
  equal('resourceType', filter.resource_type);
  equal('resourceId', filter.resource_id);
  equal('subjectId', filter.subject);
  equal('outcome', filter.outcome);
  if (filter.classification !== undefined) judges.push(classed(filter.classification));
  if (filter.after !== undefined) judges.push(notBefore(filter.after));
  if (filter.before !== undefined) judges.push(before(filter.before));
  for (const term of rest) judges.push(judgeOf(term));
  return (row) => judges.every((judge) => judge(row));
}

function judgeOf(term: Term): Judge {
  const judge = positive(term);
  return term.not ? (row) => !judge(row) : judge;
}

function positive({ name, value }: Term): Judge {
  switch (name) {
    case 'actor':
      return (row) => row.actorId === value;
    case 'action':
      return (row) => row.action === value;
    case 'agent':
      return (row) => row.agentName === value;
    case 'conversation':
      return (row) => row.conversationId === value;
    case 'subject':
      return (row) => row.subjectId === value;
    case 'class':
      return classed(value);
    case 'outcome':
      return (row) => row.outcome === value;
    case 'tool':
      return (row) => row.tool === value;
    case 'model':
      return (row) => row.model === value;
    case 'domain':
      return (row) => row.domains?.split(',').includes(value) ?? false;
    case 'has':
      return (row) => row.phi;
    case 'before':
      return before(value);
    case 'after':
      return notBefore(value);
    case 'resource': {
      const { type, id, either } = readResource(value);
      if (type === undefined) return (row) => row.resourceType === either || row.resourceId === either;
      return (row) => row.resourceType === type && (id === undefined || row.resourceId === id);
    }
    case 'said':
      throw new Error('words that were said are not found in records');
    case null: {
      const start = idStart(value);
      return (row) =>
        [row.conversationId, row.actorId, row.agentName, row.resourceId, row.subjectId].some((id) => id?.startsWith(value) ?? false) ||
        (start !== null && row.id.toLowerCase().startsWith(start));
    }
  }
}

function classed(value: string): Judge {
  const rank = (CLASSIFICATIONS as readonly string[]).indexOf(value);
  return (row) => row.classification === rank;
}

function notBefore(value: string): Judge {
  const from = Date.parse(instantOf(value));
  return (row) => row.occurredAt >= from;
}

function before(value: string): Judge {
  const end = Date.parse(instantOf(value));
  return (row) => row.occurredAt < end;
}

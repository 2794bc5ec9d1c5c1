import 'server-only';
import { projectBody } from '@/lib/ledger/project-body';
import { type ArchiveFilter, foldText, valuesOf } from '@/lib/schema/archive-search';
import { instantOf } from '@/lib/schema/instant';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';

/**
 * What a copy has beside each position: members of the body that are searched by, and the body's exact bytes. A body that is no record has nothing but its bytes.
 * `text`: the values of details and the purpose, one a line, folded. `domains`: with a comma around each.
 */
export const COPY_COLUMNS = {
  seq: 'BIGINT',
  at_ms: 'BIGINT',
  action: 'VARCHAR',
  actor: 'VARCHAR',
  actor_type: 'VARCHAR',
  agent: 'VARCHAR',
  conversation: 'VARCHAR',
  resource_type: 'VARCHAR',
  resource_id: 'VARCHAR',
  subject: 'VARCHAR',
  outcome: 'VARCHAR',
  classification: 'INTEGER',
  tool: 'VARCHAR',
  model: 'VARCHAR',
  domains: 'VARCHAR',
  text: 'VARCHAR',
  body: 'BLOB',
} as const;
export type CopyColumn = keyof typeof COPY_COLUMNS;
export type CopyRow = Record<Exclude<CopyColumn, 'seq' | 'at_ms' | 'classification' | 'body'>, string | null> & {
  seq: bigint;
  at_ms: bigint | null;
  classification: number | null;
  body: Buffer;
};

/** Changes with what is written: copies of another form are made anew. */
export const COPY_FORM = 1;

export function copyRow(seq: bigint, body: Uint8Array): CopyRow {
  const columns = projectBody(body);
  const { details, purpose } = columns === null ? {} : membersOf(body);
  return {
    seq,
    at_ms: columns === null ? null : BigInt(columns.occurredAt),
    action: columns?.action ?? null,
    actor: columns?.actorId ?? null,
    actor_type: columns?.actorType ?? null,
    agent: columns?.agentName ?? null,
    conversation: columns?.conversationId ?? null,
    resource_type: columns?.resourceType ?? null,
    resource_id: columns?.resourceId ?? null,
    subject: columns?.subjectId ?? null,
    outcome: columns?.outcome ?? null,
    classification: columns?.classification ?? null,
    tool: columns?.tool ?? null,
    model: columns?.model ?? null,
    domains: columns?.domains == null ? null : `,${columns.domains},`,
    text: columns === null ? null : [...valuesOf(details), ...valuesOf(purpose)].map(foldText).join('\n'),
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
}

/** Of a body that the strict reader has read. */
function membersOf(body: Uint8Array): { details?: unknown; purpose?: unknown } {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as object;
}

export type Bound = string | bigint | number;

/** The filter as a condition over the columns above, with its values apart: no text of a person's stands in a query. */
export function copyCondition(filter: ArchiveFilter): { where: string; values: Bound[] } {
  const parts: string[] = [];
  const values: Bound[] = [];
  const add = (condition: (place: string) => string, value: Bound | undefined) => {
    if (value === undefined) return;
    values.push(value);
    parts.push(condition(`$${values.length}`));
  };
  const equal = (column: CopyColumn, value: Bound | undefined) => add((place) => `${column} = ${place}`, value);
  equal('action', filter.action);
  equal('actor', filter.actor);
  equal('actor_type', filter.actor_type);
  equal('agent', filter.agent);
  equal('conversation', filter.conversation);
  equal('resource_type', filter.resource_type);
  equal('resource_id', filter.resource_id);
  equal('subject', filter.subject);
  equal('outcome', filter.outcome);
  equal('classification', filter.classification && CLASSIFICATIONS.indexOf(filter.classification));
  equal('tool', filter.tool);
  equal('model', filter.model);
  add((place) => `contains(domains, ${place})`, filter.domain && `,${filter.domain},`);
  add((place) => `at_ms >= ${place}`, momentOf(filter.after));
  add((place) => `at_ms < ${place}`, momentOf(filter.before));
  add((place) => `contains(text, ${place})`, filter.text && foldText(filter.text));
  return { where: parts.length === 0 ? 'true' : parts.join(' AND '), values };
}

function momentOf(value: string | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Date.parse(instantOf(value)));
}

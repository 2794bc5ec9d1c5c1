import type { JsonValue } from './canonical-json';
import { projectMembers } from './project-details';
import { readJson, STORED_LIMITS } from './read-json';

/**
 * Columns beside a body are there to find and to sort it (format, section 2): each must say what the body says, or a filter hides what happened.
 * Names are those of the tables; `entries.…` stand in the header but not in its hash.
 */
export const COLUMN_NAMES = [
  'entries.id',
  'entries.submitted',
  'id',
  'occurred_at',
  'action',
  'actor_id',
  'actor_type',
  'conversation_id',
  'conversation_seq',
  'agent_name',
  'resource_type',
  'resource_id',
  'subject_id',
  'outcome',
  'classification',
  'tool',
  'model',
  'domains',
  'phi',
] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/**
 * A row in words, null for NULL: `occurred_at` in RFC 3339 with milliseconds, `entries.submitted` in hexadecimal, `classification` by name,
 * `conversation_seq` in decimal, `phi` as true or false. `header.conversationSeq` is the one that is hashed.
 */
export interface Columns {
  values: Readonly<Record<ColumnName, string | null>>;
  headerConversationSeq: string;
}

export interface ColumnDifference {
  field: ColumnName | 'body' | 'entries.conversation_seq';
  expected: string;
  found: string;
}

const SAME_NAME = [
  'action',
  'actor_id',
  'actor_type',
  'conversation_id',
  'agent_name',
  'resource_type',
  'resource_id',
  'subject_id',
  'outcome',
] as const;

/** Where a row differs from its body; empty where it does not. */
export function compareColumns(body: Uint8Array, columns: Columns): ColumnDifference[] {
  const record = readRecord(body);
  if (record === null) return [{ field: 'body', expected: 'a record in canonical JSON', found: 'bytes that are none' }];
  const expected: Record<ColumnName, string | null> = {
    'entries.id': textOf(record.id),
    'entries.submitted': textOf(record.submitted),
    id: textOf(record.id),
    occurred_at: textOf(record.timestamp),
    classification: textOf(record.data_classification),
    conversation_seq: columns.headerConversationSeq,
    ...columnsOf(record),
    ...(Object.fromEntries(SAME_NAME.map((name) => [name, textOf(record[name])])) as Record<(typeof SAME_NAME)[number], string | null>),
  };
  const differences: ColumnDifference[] = [];
  for (const field of COLUMN_NAMES) {
    if (expected[field] !== columns.values[field])
      differences.push({ field, expected: say(expected[field]), found: say(columns.values[field]) });
  }
  // Records of no conversation have number 0, and no others have.
  if ((columns.headerConversationSeq === '0') !== (expected.conversation_id === null)) {
    differences.push({
      field: 'entries.conversation_seq',
      expected: expected.conversation_id === null ? '0' : '1 or more',
      found: columns.headerConversationSeq,
    });
  }
  return differences;
}

function columnsOf(record: { [name: string]: JsonValue }) {
  const { phi, ...names } = projectMembers(record.details, record.domains);
  return { ...names, phi: String(phi) };
}

function readRecord(body: Uint8Array): { [name: string]: JsonValue } | null {
  try {
    const value = readJson(body, STORED_LIMITS);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function textOf(value: JsonValue | undefined): string | null {
  return value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
}

const say = (value: string | null) => value ?? '(none)';

import * as z from 'zod/mini';
import { ACTOR_TYPES, AGENT_ACTIONS, CLASSIFICATIONS, CONTENT_PARTS, IDENTIFIER, OUTCOMES, RESOURCE_ID } from './vocabulary';

/** What a sender may write. The server adds v, source and submitted, and gives out seq, times and hashes. */

const identifier = z.string({ error: refuse }).check(z.regex(IDENTIFIER, { error: () => 'identifier_invalid' }));
const resourceId = z.string({ error: refuse }).check(z.regex(RESOURCE_ID, { error: () => 'identifier_invalid' }));
const line = (max: number) =>
  z.string({ error: refuse }).check(z.minLength(1, { error: () => 'format' }), z.maxLength(max, { error: () => 'too_long' }));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const RecordInput = z.strictObject(
  {
    id: z.string({ error: refuse }).check(z.regex(UUID, { error: () => 'format' })),
    timestamp: z.string({ error: refuse }).check(z.refine(isTimestamp, { error: (issue) => timestampFault(String(issue.input)) })),
    action: z.enum(AGENT_ACTIONS, { error: refuse }),
    actor_id: identifier,
    actor_type: z.enum(ACTOR_TYPES, { error: refuse }),
    agent_name: identifier,
    data_classification: z.enum(CLASSIFICATIONS, { error: refuse }),
    conversation_id: z.optional(identifier),
    resource_type: z.optional(identifier),
    resource_id: z.optional(resourceId),
    subject_id: z.optional(identifier),
    on_behalf_of: z.optional(identifier),
    purpose: z.optional(line(200)),
    outcome: z.optional(z.enum(OUTCOMES, { error: refuse })),
    details: z.optional(z.record(z.string(), z.unknown(), { error: refuse })),
    domains: z.optional(
      z
        .array(z.string({ error: refuse }).check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: () => 'identifier_invalid' })), {
          error: refuse,
        })
        .check(z.minLength(1, { error: () => 'out_of_range' }), z.maxLength(16, { error: () => 'out_of_range' })),
    ),
    agent_seq: z.optional(z.int({ error: refuse }).check(z.gte(1, { error: () => 'out_of_range' }))),
    content: z.optional(
      z.array(z.strictObject({ part: z.enum(CONTENT_PARTS, { error: refuse }), text: z.string({ error: refuse }) }, { error: refuse }), {
        error: refuse,
      }),
    ),
  },
  { error: refuse },
);
export type RecordInput = z.infer<typeof RecordInput>;

/** Fields that only the server writes; sending one is told apart from a field that nobody knows. */
export const READ_ONLY_FIELDS: ReadonlySet<string> = new Set([
  'v',
  'seq',
  'prev_hash',
  'previous_hash',
  'integrity_hash',
  'body_hash',
  'leaf_index',
  'received_at',
  'conversation_seq',
  'key_id',
  'source',
  'submitted',
]);

/** Our code for what zod finds; the message of an issue is the code itself. */
function refuse(issue: { code?: string; input?: unknown }): string {
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (issue.code === 'invalid_value')
    return issue.input === undefined ? 'required' : typeof issue.input === 'string' ? 'enum' : 'type_invalid';
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'required' : 'type_invalid';
  return 'format';
}

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,3})?Z$/;

/** RFC 3339 in UTC with at most milliseconds, and a day that the calendar has. */
export function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text);
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function timestampFault(text: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{4,}Z$/.test(text) ? 'timestamp_precision' : 'format';
}

/** The one spelling that a body holds: always three fractional digits. The argument has passed {@link isTimestamp}. */
export function normaliseTimestamp(text: string): string {
  const dot = text.indexOf('.');
  if (dot === -1) return `${text.slice(0, -1)}.000Z`;
  return `${text.slice(0, -1).padEnd(dot + 4, '0')}Z`;
}

/** What a sender gets back for a stored record. `received_at` has microseconds. */
export interface Receipt {
  id: string;
  ledger: string;
  seq: string;
  conversation_seq: string;
  integrity_hash: string;
  previous_hash: string;
  received_at: string;
  duplicate: boolean;
}

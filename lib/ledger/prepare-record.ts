import 'server-only';
import { hash, randomUUID } from 'node:crypto';
import { canonicalize, canonicalString, type JsonValue } from '@/lib/chain/canonical-json';
import { RefusalError } from '@/lib/schema/errors';
import { normaliseTimestamp, type RecordInput } from '@/lib/schema/record';
import { type AccessAction, type Channel, CLASSIFICATIONS, LIMITS, type Outcome } from '@/lib/schema/vocabulary';

/** A record that is ready to append: its canonical body, which is what is hashed and kept, and the projection of it. */
export interface PreparedRecord {
  id: string;
  body: Buffer;
  /** SHA-256 of the canonical form of exactly what the sender sent; tells a retry from another record under the same id. */
  submitted: Buffer;
  /** Milliseconds since 1970, as the sender claims. */
  occurredAt: number;
  action: string;
  actorId: string;
  actorType: string;
  conversationId: string | null;
  agentName: string | null;
  resourceType: string | null;
  resourceId: string | null;
  subjectId: string | null;
  outcome: string | null;
  /** Index into CLASSIFICATIONS. */
  classification: number | null;
  agentSeq: number | null;
}

export interface RecordSource {
  key_id: string;
  channel: Channel;
}

/**
 * The body of an agent's record (format, section 2), written member by member in canonical order: each value is canonicalised once and serves
 * both the body and the digest of what was sent. That both equal `canonicalize(…)` of the whole is held by a test.
 * @param input has passed RecordInput.
 * @throws RefusalError record_too_large
 */
export function prepareAgentRecord(input: RecordInput, source: RecordSource): PreparedRecord {
  const timestamp = normaliseTimestamp(input.timestamp);
  const domains = input.domains && [...new Set(input.domains)].sort();
  // Members up to and including data_classification, then up to id, and so on: identifiers hold neither quotes nor escapes by their pattern.
  let head = `{"action":"${input.action}","actor_id":"${input.actor_id}","actor_type":"${input.actor_type}","agent_name":"${input.agent_name}"`;
  if (input.agent_seq !== undefined) head += `,"agent_seq":${input.agent_seq}`;
  const content = input.content === undefined ? '' : `,"content":${canonicalize(input.content as JsonValue)}`;
  let classified = '';
  if (input.conversation_id !== undefined) classified += `,"conversation_id":"${input.conversation_id}"`;
  classified += `,"data_classification":"${input.data_classification}"`;
  if (input.details !== undefined) classified += `,"details":${canonicalize(input.details as JsonValue)}`;
  let middle = `,"id":"${input.id}"`;
  if (input.on_behalf_of !== undefined) middle += `,"on_behalf_of":"${input.on_behalf_of}"`;
  if (input.outcome !== undefined) middle += `,"outcome":"${input.outcome}"`;
  if (input.purpose !== undefined) middle += `,"purpose":${canonicalString(input.purpose)}`;
  if (input.resource_id !== undefined) middle += `,"resource_id":${canonicalString(input.resource_id)}`;
  if (input.resource_type !== undefined) middle += `,"resource_type":"${input.resource_type}"`;
  const subject = input.subject_id === undefined ? '' : `,"subject_id":"${input.subject_id}"`;

  const sentDomains = input.domains === undefined ? '' : `,"domains":${JSON.stringify(input.domains)}`;
  const sent = `${head}${content}${classified}${sentDomains}${middle}${subject},"timestamp":"${input.timestamp}"}`;
  const submitted = hash('sha256', sent, 'buffer');

  const keptDomains = domains === undefined ? '' : `,"domains":${JSON.stringify(domains)}`;
  const from = `,"source":{"channel":"${source.channel}","key_id":"${source.key_id}"}`;
  const text = `${head}${classified}${keptDomains}${middle}${from}${subject},"submitted":"${submitted.toString('hex')}","timestamp":"${timestamp}","v":1}`;
  return {
    id: input.id,
    body: bodyBytes(text),
    submitted,
    occurredAt: Date.parse(timestamp),
    action: input.action,
    actorId: input.actor_id,
    actorType: input.actor_type,
    conversationId: input.conversation_id ?? null,
    agentName: input.agent_name,
    resourceType: input.resource_type ?? null,
    resourceId: input.resource_id ?? null,
    subjectId: input.subject_id ?? null,
    outcome: input.outcome ?? null,
    classification: CLASSIFICATIONS.indexOf(input.data_classification),
    agentSeq: input.agent_seq ?? null,
  };
}

/** What a person did in the dashboard or through the read API. Text members are cut to fit by the caller; ids are ASCII. */
export interface AccessRecordInput {
  id?: string;
  timestamp?: Date;
  action: AccessAction;
  actor_id: string;
  actor_type: 'user' | 'system' | 'admin';
  resource_type?: string;
  resource_id?: string;
  subject_id?: string;
  purpose?: string;
  outcome?: Outcome;
  details?: { [name: string]: JsonValue };
  source: { session_id?: string; key_id?: string; channel: 'dashboard' | 'api' | 'system' };
}

/** @throws RefusalError record_too_large; TypeError for text that has no UTF-8 form. */
export function prepareAccessRecord(input: AccessRecordInput): PreparedRecord {
  const sent: { [name: string]: JsonValue } = {
    ...defined(input),
    id: input.id ?? randomUUID(),
    timestamp: (input.timestamp ?? new Date()).toISOString(),
  };
  sent.outcome = input.outcome ?? 'success';
  sent.data_classification = 'internal';
  sent.source = defined(input.source);
  const submitted = hash('sha256', canonicalize(sent), 'buffer');
  const body = bodyBytes(canonicalize({ ...sent, submitted: submitted.toString('hex'), v: 1 }));
  return {
    id: String(sent.id),
    body,
    submitted,
    occurredAt: Date.parse(String(sent.timestamp)),
    action: input.action,
    actorId: input.actor_id,
    actorType: input.actor_type,
    conversationId: null,
    agentName: null,
    resourceType: input.resource_type ?? null,
    resourceId: input.resource_id ?? null,
    subjectId: input.subject_id ?? null,
    outcome: String(sent.outcome),
    classification: CLASSIFICATIONS.indexOf('internal'),
    agentSeq: null,
  };
}

/** Absent optional members are left out, never null. */
function defined(input: object): { [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && !(value instanceof Date)));
}

function bodyBytes(text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  if (body.length > LIMITS.recordBytes) {
    throw new RefusalError(
      'record_too_large',
      `The canonical record has ${body.length} bytes; ${LIMITS.recordBytes} are allowed. Put words into content, not into details.`,
    );
  }
  return body;
}

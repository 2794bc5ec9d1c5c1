import 'server-only';
import { createHmac, hash, randomUUID } from 'node:crypto';
import { canonicalize, canonicalString, type JsonValue } from '@/lib/chain/canonical-json';
import { type ProjectedMembers, projectMembers } from '@/lib/chain/project-details';
import { RefusalError } from '@/lib/schema/errors';
import { normaliseTimestamp, type RecordInput } from '@/lib/schema/record';
import { type AccessAction, type Channel, CLASSIFICATIONS, type Classification, LIMITS, type Outcome } from '@/lib/schema/vocabulary';

/** A record that is ready to append: its canonical body, which is what is hashed and kept, and the projection of it. */
export interface PreparedRecord extends ProjectedMembers {
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
  /** What the server made of this record: stored with it in one transaction, or dropped with it. Their `cause` is this one. */
  derived?: readonly PreparedRecord[];
  cause?: PreparedRecord;
  toolUse?: ToolUse;
  /** Words that were sealed: stored with it in one transaction, or dropped with it. */
  sealed?: readonly SealedContent[];
}

/** A part of a record's content as it is stored; the body has what commits to it. */
export interface SealedContent {
  index: number;
  part: string;
  keyId: string;
  /** 12 bytes. */
  nonce: Buffer;
  /** Of the ciphertext. */
  sha256: Buffer;
  ciphertext: Buffer;
}

export interface RecordSource {
  key_id: string;
  channel: Channel;
}

/** What the body holds otherwise than it was sent: whole members, in place of those of the sender. */
export interface Kept {
  data_classification?: Classification;
  /** In any order; absent: the sender's. */
  domains?: readonly string[];
  details?: Record<string, unknown>;
  /** What commits to sealed words, in place of them (format, section 6). */
  content?: readonly JsonValue[];
  sealed?: readonly SealedContent[];
  /** In place of the digest of what was sent, where that would not do. */
  submitted?: Buffer;
  /** Keys that digest, where words are in it: a plain one would let short ones be guessed after they were shredded (decision 014). */
  submissionKey?: Buffer;
  /** Records that the server makes of this one; they are stored with it or not at all. */
  derived?: readonly RecordInput[];
  toolUse?: ToolUse;
}

/** A call that is counted once it is stored. */
export interface ToolUse {
  /** '' where the record names none. */
  tool: string;
  mapped: boolean;
  /** Of the registry under which it came. */
  version: number;
}

/**
 * The body of an agent's record (format, section 2), written member by member in canonical order: each value is canonicalised once and serves
 * both the body and the digest of what was sent. That both equal `canonicalize(…)` of the whole is held by a test.
 * @param input has passed RecordInput.
 * @param kept where the body says otherwise than the sender did.
 * @throws RefusalError record_too_large
 */
export function prepareAgentRecord(input: RecordInput, source: RecordSource, kept?: Kept): PreparedRecord {
  const timestamp = normaliseTimestamp(input.timestamp);
  const keptList = kept?.domains ?? input.domains;
  const domains = keptList && [...new Set(keptList)].sort();
  // Members up to and including data_classification, then up to id, and so on: identifiers hold neither quotes nor escapes by their pattern.
  let head = `{"action":"${input.action}","actor_id":"${input.actor_id}","actor_type":"${input.actor_type}","agent_name":"${input.agent_name}"`;
  if (input.agent_seq !== undefined) head += `,"agent_seq":${input.agent_seq}`;
  const content = input.content === undefined ? '' : `,"content":${canonicalize(input.content as JsonValue)}`;
  const sentClassified = classifiedText(input, input.data_classification, input.details);
  let middle = `,"id":"${input.id}"`;
  if (input.on_behalf_of !== undefined) middle += `,"on_behalf_of":"${input.on_behalf_of}"`;
  if (input.outcome !== undefined) middle += `,"outcome":"${input.outcome}"`;
  if (input.purpose !== undefined) middle += `,"purpose":${canonicalString(input.purpose)}`;
  if (input.resource_id !== undefined) middle += `,"resource_id":${canonicalString(input.resource_id)}`;
  if (input.resource_type !== undefined) middle += `,"resource_type":"${input.resource_type}"`;
  const subject = input.subject_id === undefined ? '' : `,"subject_id":"${input.subject_id}"`;

  const sentDomains = input.domains === undefined ? '' : `,"domains":${JSON.stringify(input.domains)}`;
  const sent = `${head}${content}${sentClassified}${sentDomains}${middle}${subject},"timestamp":"${input.timestamp}"}`;
  const submitted = kept?.submitted ?? digestOf(sent, kept?.submissionKey);

  const classification = kept?.data_classification ?? input.data_classification;
  const altered = kept?.details !== undefined || classification !== input.data_classification;
  const classified = altered ? classifiedText(input, classification, kept?.details ?? input.details) : sentClassified;
  const keptDomains = domains === undefined ? '' : `,"domains":${JSON.stringify(domains)}`;
  const from = `,"source":{"channel":"${source.channel}","key_id":"${source.key_id}"}`;
  const committed = kept?.content === undefined ? '' : `,"content":${canonicalize(kept.content as JsonValue)}`;
  const text = `${head}${committed}${classified}${keptDomains}${middle}${from}${subject},"submitted":"${submitted.toString('hex')}","timestamp":"${timestamp}","v":1}`;
  const prepared: PreparedRecord = {
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
    classification: CLASSIFICATIONS.indexOf(classification),
    agentSeq: input.agent_seq ?? null,
    ...projectMembers(kept?.details ?? input.details, domains),
  };
  if (kept?.toolUse) prepared.toolUse = kept.toolUse;
  if (kept?.sealed?.length) prepared.sealed = kept.sealed;
  if (kept?.derived?.length) prepared.derived = kept.derived.map((record) => prepareDerived(record, prepared, source));
  return prepared;
}

function digestOf(sent: string, key: Buffer | undefined): Buffer {
  return key === undefined ? hash('sha256', sent, 'buffer') : createHmac('sha256', key).update(sent).digest();
}

/** `submitted` follows from the cause's alone: a retry under another registry is still a retry. */
function prepareDerived(record: RecordInput, cause: PreparedRecord, { key_id }: RecordSource): PreparedRecord {
  const submitted = hash('sha256', `holdfast/derived/v1\n${record.id}\n${cause.submitted.toString('hex')}`, 'buffer');
  return { ...prepareAgentRecord(record, { key_id, channel: 'system' }, { submitted }), cause };
}

function classifiedText(input: RecordInput, classification: Classification, details: RecordInput['details']): string {
  let text = input.conversation_id === undefined ? '' : `,"conversation_id":"${input.conversation_id}"`;
  text += `,"data_classification":"${classification}"`;
  if (details !== undefined) text += `,"details":${canonicalize(details as JsonValue)}`;
  return text;
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
    ...projectMembers(input.details, undefined),
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

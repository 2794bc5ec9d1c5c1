import 'server-only';
import * as z from 'zod/mini';
import type { KeyIdentity } from '@/lib/auth/authenticate-key';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { decodeUtf8, JSON_LIMITS, JsonFault, type JsonItem, readJsonArray, readJsonText, readNdjson } from '@/lib/chain/read-json';
import type { Kept } from '@/lib/ledger/prepare-record';
import { ERRORS, type ErrorCode, type Refusal, RefusalError } from '@/lib/schema/errors';
import { READ_ONLY_FIELDS, RecordInput } from '@/lib/schema/record';
import { LIMITS } from '@/lib/schema/vocabulary';

/** What one request holds: a single record, or a batch of which each item is judged on its own. */
export type Received = { kind: 'single'; item: Judged } | { kind: 'batch'; items: Judged[] };
export type Judged = { record: RecordInput; kept?: Kept } | { refusal: Refusal };

/**
 * @param bytes the decompressed body.
 * @throws RefusalError where the body as a whole cannot be read
 */
export function readRecords(bytes: Uint8Array, ndjson: boolean, key: KeyIdentity): Received {
  try {
    const text = decodeUtf8(bytes);
    if (ndjson) return batch(readNdjson(text, JSON_LIMITS, LIMITS.batchItems), key);
    const first = /[^ \t\r\n]/.exec(text)?.[0];
    if (first === undefined) throw new RefusalError('body_empty');
    if (first === '[') return batch(readJsonArray(text, JSON_LIMITS, LIMITS.batchItems), key);
    const item = judge(readJsonText(text), key);
    if (bytes.length > LIMITS.singleBytes && !('refusal' in item) && item.record.content === undefined)
      throw new RefusalError(
        'body_too_large',
        `A single record without content may have at most ${LIMITS.singleBytes} bytes after decompression.`,
      );
    return { kind: 'single', item };
  } catch (error) {
    if (error instanceof JsonFault) throw new RefusalError(error.code, error.message, error.pointer);
    throw error;
  }
}

function batch(items: JsonItem[], key: KeyIdentity): Received {
  if (items.length === 0 || items.length > LIMITS.batchItems) {
    throw new RefusalError(
      'batch_size',
      `A batch must have 1 to ${LIMITS.batchItems} records; this one has ${items.length === 0 ? 'none' : 'more'}.`,
    );
  }
  return {
    kind: 'batch',
    items: items.map((item) => ('fault' in item ? { refusal: fromFault(item.fault) } : judge(item.value, key))),
  };
}

function fromFault(fault: JsonFault): Refusal {
  return { code: fault.code, detail: fault.message, ...(fault.pointer === undefined ? {} : { pointer: fault.pointer }) };
}

/** Shape first, then who may write it: the answer to a malformed record does not depend on the key. */
function judge(value: JsonValue, key: KeyIdentity): Judged {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { refusal: { code: 'body_not_object' } };
  const result = z.safeParse(RecordInput, value);
  if (!result.success) return { refusal: explain(result.error.issues[0]) };
  const record = result.data;
  if (!key.agentNames.includes(record.agent_name)) {
    return {
      refusal: {
        code: 'agent_mismatch',
        pointer: '/agent_name',
        detail: 'This key may not write under this agent_name; use a key issued for it.',
      },
    };
  }
  if ((record.actor_type === 'user' || record.actor_type === 'admin') && !key.mayWriteUser) {
    return {
      refusal: { code: 'actor_not_allowed', pointer: '/actor_type', detail: `This key may not write actor_type "${record.actor_type}".` },
    };
  }
  return { record };
}

function explain(issue: z.core.$ZodIssue): Refusal {
  const path = issue.path.map(String);
  let code = (issue.message in ERRORS ? issue.message : 'format') as ErrorCode;
  if (issue.code === 'unrecognized_keys') {
    path.push(issue.keys[0]);
    code = issue.path.length === 0 && READ_ONLY_FIELDS.has(issue.keys[0]) ? 'read_only_field' : 'unknown_field';
  }
  const field = path.join('.');
  return {
    code,
    pointer: path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: describe(code, field, issue),
  };
}

/** Names the field and the rule, never the value. */
function describe(code: ErrorCode, field: string, issue: z.core.$ZodIssue): string {
  switch (code) {
    case 'required':
      return `${field} is required.`;
    case 'enum':
      return issue.code === 'invalid_value'
        ? `${field} must be one of ${issue.values.join(', ')}.`
        : `${field} has a value that is not allowed.`;
    case 'identifier_invalid':
      return issue.code === 'invalid_format' && issue.pattern
        ? `${field} must match ${issue.pattern}.`
        : `${field} is not a valid identifier.`;
    case 'format':
      return field === 'timestamp'
        ? 'timestamp must be an RFC 3339 time in UTC that exists, such as 2026-11-20T12:00:00.000Z.'
        : field === 'id'
          ? 'id must be a lower-case UUID (version 7 advised), and not the nil UUID.'
          : `${field} does not have the required format.`;
    case 'unknown_field':
      return `${field} is not a known field; details is the place for your own.`;
    case 'read_only_field':
      return `${field} is set by the server; leave it out.`;
    default:
      return `${field}: ${ERRORS[code].say}`;
  }
}

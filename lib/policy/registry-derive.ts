import { sha256 } from '@noble/hashes/sha2.js';
import type { JsonValue } from '@/lib/chain/canonical-json';
import type { RecordInput } from '@/lib/schema/record';
import { REGISTRY_LIMITS, type RegistryEntry } from '@/lib/schema/registry';
import { IDENTIFIER, RESOURCE_ID } from '@/lib/schema/vocabulary';
import { readPointer } from './read-pointer';

/** Which resources a call touched. `missing` says why there is no id, where a pointer should have led to one. */
export interface Touched {
  ids: readonly string[];
  missing?: 'no_arguments' | 'not_found' | 'not_an_id' | 'too_many';
  /** How many there were, where they are too many for a record each. */
  count?: number;
}

/**
 * @param read gives the tool's arguments; undefined where they did not come, or are no JSON.
 */
export function findResources(entry: RegistryEntry, read: () => JsonValue | undefined): Touched {
  if (entry.resource_pointer === undefined) return { ids: [] };
  const document = read();
  if (document === undefined) return { ids: [], missing: 'no_arguments' };
  const value = readPointer(document, entry.resource_pointer);
  if (value === undefined || value === null) return { ids: [], missing: 'not_found' };
  const ids = [...new Set((Array.isArray(value) ? value : [value]).map((each) => asId(each, RESOURCE_ID)))];
  if (ids.length === 0) return { ids: [], missing: 'not_found' };
  if (ids.includes(null)) return { ids: [], missing: 'not_an_id' };
  if (ids.length > REGISTRY_LIMITS.resources) return { ids: [], missing: 'too_many', count: ids.length };
  return { ids: ids as string[] };
}

/** The person whom the data is about, as the arguments name them; undefined where they do not. */
export function findSubject(entry: RegistryEntry, read: () => JsonValue | undefined): string | undefined {
  if (entry.subject_pointer === undefined) return undefined;
  const document = read();
  const value = document === undefined ? undefined : readPointer(document, entry.subject_pointer);
  return value === undefined ? undefined : (asId(value, IDENTIFIER) ?? undefined);
}

/** A text of the pattern, or a whole number. */
function asId(value: JsonValue, pattern: RegExp): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && pattern.test(text) ? text : null;
}

/**
 * The id of the n-th record derived from another (n from 0): UUIDv8 (RFC 9562 §5.8) of SHA-256("holdfast/derived/v1\n" ‖ id ‖ "\n" ‖ n), so that a retry of the
 * cause makes the same record again.
 */
export function derivedId(causeId: string, ordinal: number): string {
  const bytes = sha256(new TextEncoder().encode(`holdfast/derived/v1\n${causeId}\n${ordinal}`)).slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The records in a request by which its sender tells on its own what a call of a tool did: for those nothing is derived. */
export class OwnAccesses {
  readonly #calls = new Set<string>();
  readonly #resources = new Set<string>();

  /** Whatever the request holds may be given; only accesses of data count. */
  add(record: RecordInput): void {
    if (record.action !== 'data_accessed' && record.action !== 'data_modified') return;
    const call = callId(record);
    // What was modified was accessed as well; the other way round a modification would be kept quiet.
    for (const action of record.action === 'data_modified' ? (['data_accessed', 'data_modified'] as const) : [record.action]) {
      if (call !== undefined) this.#calls.add(key(record, action, call));
      if (record.resource_type !== undefined && record.resource_id !== undefined) {
        this.#resources.add(key(record, action, call ?? '', record.resource_type, record.resource_id));
      }
    }
  }

  ofCall(cause: RecordInput, action: DerivedAction): boolean {
    const call = callId(cause);
    return call !== undefined && this.#calls.has(key(cause, action, call));
  }

  /** Another call's own record about the same resource is no record of this call. */
  ofResource(cause: RecordInput, action: DerivedAction, resourceType: string, resourceId: string): boolean {
    return this.#resources.has(key(cause, action, '', resourceType, resourceId));
  }
}

export type DerivedAction = 'data_accessed' | 'data_modified';

export function callId(record: RecordInput): string | undefined {
  const call = record.details?.tool_call_id;
  return typeof call === 'string' && call !== '' ? call : undefined;
}

function key(record: RecordInput, action: string, ...more: string[]): string {
  return JSON.stringify([record.agent_name, record.conversation_id ?? '', action, ...more]);
}

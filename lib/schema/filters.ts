import * as z from 'zod/mini';
import { instantOf } from './instant';
import { isTimestamp } from './record';
import { parseQuery, type SearchPlace } from './search-query';
import { ACCESS_ACTIONS, ACTOR_TYPES, AGENT_ACTIONS, CLASSIFICATIONS, OUTCOMES } from './vocabulary';

/**
 * One definition of filters: the URL of a screen, the query of the API, the SQL and (later) an export all read this.
 * Every member is a string as it stands in a URL; absent means "any".
 */
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[^\x00-\x1f\x7f]*$/)));
/** Exact text of a filter. */
export const TextFilter = text;
const day = z.optional(z.string().check(z.refine((value) => isTimestamp(instantOf(value)))));
const cursor = z.optional(z.string().check(z.refine((value) => /^\d{1,19}$/.test(value) && BigInt(value) < 2n ** 63n)));

/** A search as it is typed; see search-query.ts. */
const query = (place: SearchPlace) =>
  z.optional(
    z.string().check(
      z.minLength(1),
      z.refine((value) => parseQuery(value, place).faults.length === 0),
    ),
  );

export const RecordFilter = z.object({
  q: query('records'),
  action: z.optional(z.enum([...AGENT_ACTIONS, ...ACCESS_ACTIONS])),
  actor: text,
  actor_type: z.optional(z.enum(ACTOR_TYPES)),
  agent: text,
  conversation: text,
  resource_type: text,
  resource_id: text,
  subject: text,
  outcome: z.optional(z.enum(OUTCOMES)),
  classification: z.optional(z.enum(CLASSIFICATIONS)),
  /** Inclusive start and exclusive end of the sender's timestamp, UTC; a bare day is its midnight. */
  after: day,
  before: day,
});
export type RecordFilter = z.infer<typeof RecordFilter>;

export const ConversationFilter = z.object({
  q: query('conversations'),
  agent: text,
  user: text,
  subject: text,
  /** Exact id or its beginning. */
  id: text,
  classification: z.optional(z.enum(CLASSIFICATIONS)),
  state: z.optional(z.enum(['open', 'ended'])),
  /** `yes`: the sender's own numbering shows that records never arrived. */
  gaps: z.optional(z.enum(['yes'])),
  after: day,
  before: day,
});
export type ConversationFilter = z.infer<typeof ConversationFilter>;

/** Keyset page: rows strictly older than `older` (a sequence number), or strictly newer than `newer`. 100 a page. */
export const PageCursor = z.object({ older: cursor, newer: cursor });
export type PageCursor = z.infer<typeof PageCursor>;
export const PAGE_SIZE = 100;

/** Takes the members that a filter knows from a query; a bad value is refused with its name. */
export function readFilter<T extends z.ZodMiniObject>(
  shape: T,
  params: URLSearchParams,
): { ok: true; value: z.infer<T> } | { ok: false; member: string } {
  const input: Record<string, string> = {};
  for (const name of Object.keys(shape.shape)) {
    const value = params.get(name);
    if (value !== null && value !== '') input[name] = value;
  }
  const result = z.safeParse(shape, input);
  return result.success ? { ok: true, value: result.data } : { ok: false, member: String(result.error.issues[0]?.path[0] ?? '') };
}

/**
 * A filter of which evidence is made: nothing in it may be passed over, or the evidence would be of more than was asked for.
 * @returns with it the one way to write it: members in the order of their names, empty ones left out. Else the member that is unknown, doubled, or has a value
 * that it cannot have.
 */
export function readWholeFilter<T extends z.ZodMiniObject>(
  shape: T,
  params: URLSearchParams,
): { ok: true; value: z.infer<T>; query: string } | { ok: false; member: string; why: 'unknown' | 'repeated' | 'value' } {
  const seen = new Set<string>();
  for (const name of params.keys()) {
    if (!Object.hasOwn(shape.shape, name)) return { ok: false, member: name, why: 'unknown' };
    if (seen.has(name)) return { ok: false, member: name, why: 'repeated' };
    seen.add(name);
  }
  const read = readFilter(shape, params);
  if (!read.ok) return { ...read, why: 'value' };
  const kept = [...params].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  return { ok: true, value: read.value, query: new URLSearchParams(kept).toString() };
}

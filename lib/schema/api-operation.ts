import * as z from 'zod/mini';
import type { ErrorCode } from './errors';

/** Who may ask: an agent's key, a person's session or a read key, any of these, a session alone, or anyone. */
export type ApiAccess = 'ingest_key' | 'session_or_read_key' | 'session_or_any_key' | 'session' | 'public';

export interface ApiOperation {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  group:
    | 'Sending records'
    | 'Reading'
    | 'Words'
    | 'Registry'
    | 'Retention'
    | 'Archive'
    | 'Destruction'
    | 'Verification'
    | 'Proofs'
    | 'Evidence'
    | 'Reports'
    | 'People, keys, account';
  summary: string;
  description?: string;
  access: ApiAccess;
  query?: z.ZodMiniObject;
  body?: z.ZodMiniType;
  /** Media types that the body may have, where not application/json alone. */
  bodyTypes?: readonly string[];
  /** `types`: media types in which the answer may come as text or bytes, beside JSON where there is a schema. */
  answers: readonly { status: number; say: string; schema?: z.ZodMiniType; types?: readonly string[] }[];
  refuses: readonly ErrorCode[];
}

export const ledger = z.optional(z.string());
export const inLedger = z.object({ ledger });
/** A list of a ledger, a page at a time. */
export const paged = z.object({ ledger, before: z.optional(z.string()) });
export const READ = [
  'unauthenticated',
  'forbidden',
  'not_found',
  'format',
  'audit_unavailable',
  'busy',
  'internal',
] as const satisfies ErrorCode[];
export const BODY = [
  ...['body_empty', 'body_too_large', 'content_type_unsupported', 'charset_unsupported', 'bom_not_allowed', 'utf8_invalid'],
  ...[
    'unpaired_surrogate',
    'nul_character',
    'json_syntax',
    'duplicate_key',
    'forbidden_key',
    'too_deep',
    'too_many_members',
    'key_too_long',
  ],
  ...[
    'number_unsafe',
    'number_not_representable',
    'required',
    'unknown_field',
    'type_invalid',
    'enum',
    'format',
    'too_long',
    'out_of_range',
  ],
] as ErrorCode[];
export const CHANGE = [...READ, ...BODY, 'origin_mismatch', 'conflict'] as const satisfies ErrorCode[];

export const read = (path: string, summary: string, query: z.ZodMiniObject, schema: z.ZodMiniType, description?: string): ApiOperation => ({
  method: 'get',
  path,
  group: 'Reading',
  summary,
  ...(description && { description }),
  access: 'session_or_read_key',
  query,
  answers: [{ status: 200, say: 'The answer; that it was given is an entry of the access ledger.', schema }],
  refuses: READ,
});

/** How one group is read, and how a person acts in it. `also`: what an action refuses beside what every change does. */
export const inGroup = (group: ApiOperation['group']) => ({
  look: (path: string, summary: string, query: z.ZodMiniObject, schema: z.ZodMiniType, description?: string): ApiOperation => ({
    ...read(path, summary, query, schema, description),
    group,
  }),
  post: (
    path: string,
    summary: string,
    answer: { status: number; say: string; schema: z.ZodMiniType },
    body?: z.ZodMiniType,
    description?: string,
    also: readonly ErrorCode[] = [],
  ): ApiOperation => ({
    method: 'post',
    path,
    group,
    summary,
    ...(description && { description }),
    access: 'session',
    query: inLedger,
    ...(body && { body }),
    answers: [answer],
    refuses: [...CHANGE, ...also],
  }),
});

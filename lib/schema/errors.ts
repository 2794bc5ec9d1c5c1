/**
 * Every refusal the API can give: its HTTP status and what it says to a person.
 * The code is the contract; the wording is ours. One section of `docs/errors.md` a code.
 * @see RFC 9457 (problem details)
 */
export const ERRORS = {
  // transport
  body_empty: { status: 400, say: 'The request body is empty; send one JSON object, a JSON array or NDJSON.' },
  body_too_large: { status: 413, say: 'The request body, after decompression, is larger than the limit.' },
  content_type_unsupported: { status: 415, say: 'Content-Type must be application/json or application/x-ndjson.' },
  content_encoding_unsupported: { status: 415, say: 'Content-Encoding must be gzip or absent.' },
  charset_unsupported: { status: 415, say: 'Only UTF-8 is accepted.' },
  gzip_invalid: { status: 400, say: 'The body is not valid gzip.' },
  bad_request: { status: 400, say: 'The request is malformed.' },
  request_timeout: { status: 408, say: 'The body was not received in time; send it again with the same ids.' },
  method_not_allowed: { status: 405, say: 'This address does not answer that method.' },
  not_found: { status: 404, say: 'There is nothing at this address.' },
  origin_mismatch: { status: 403, say: 'The request came from another site and was refused.' },
  // who
  unauthenticated: { status: 401, say: 'A valid key or session is required.' },
  forbidden: { status: 403, say: 'Your role does not permit this.' },
  reauthentication_required: { status: 403, say: 'Confirm again who you are to do this.' },
  second_person_required: { status: 403, say: 'Another person has to do this than the one who began it.' },
  agent_mismatch: { status: 403, say: 'This key may not write under that agent name.' },
  actor_not_allowed: { status: 403, say: 'This key may not write that actor_type.' },
  // encoding and syntax
  bom_not_allowed: { status: 400, say: 'The body must not start with a byte order mark.' },
  utf8_invalid: { status: 400, say: 'The body is not valid UTF-8.' },
  unpaired_surrogate: { status: 400, say: 'A string contains an unpaired surrogate.' },
  nul_character: { status: 422, say: 'U+0000 is not allowed.' },
  json_syntax: { status: 400, say: 'The body is not valid JSON.' },
  body_not_object: { status: 400, say: 'A record must be one JSON object.' },
  // structure
  duplicate_key: { status: 400, say: 'A member name appears twice in one object.' },
  forbidden_key: { status: 400, say: 'This member name is not allowed.' },
  too_deep: { status: 400, say: 'Nesting is deeper than 32 levels.' },
  too_many_members: { status: 400, say: 'An object has more than 256 members.' },
  key_too_long: { status: 422, say: 'A member name is longer than 128 characters.' },
  number_unsafe: { status: 422, say: 'The integer is outside ±(2^53−1); send it as a string.' },
  number_not_representable: { status: 422, say: 'The number is not held exactly by a double; send it as a string.' },
  // schema
  required: { status: 422, say: 'A required field is missing.' },
  unknown_field: { status: 422, say: 'This is not a known field.' },
  read_only_field: { status: 422, say: 'This field is set by the server.' },
  type_invalid: { status: 422, say: 'The value has the wrong type.' },
  enum: { status: 422, say: 'The value is not one of those allowed.' },
  identifier_invalid: { status: 422, say: 'The identifier does not match the allowed pattern.' },
  format: { status: 422, say: 'The value does not have the required format.' },
  timestamp_precision: { status: 422, say: 'A timestamp has at most 3 fractional digits.' },
  reserved_detail: { status: 422, say: 'This member of details is written by the server; leave it out.' },
  query_invalid: { status: 422, say: 'The search cannot be read; the detail says what is wrong and where.' },
  too_long: { status: 422, say: 'The value is too long.' },
  out_of_range: { status: 422, say: 'The value is out of range.' },
  record_too_large: { status: 422, say: 'The canonical record is larger than 65,536 bytes; put words into content, not into details.' },
  batch_size: { status: 422, say: 'A batch must have 1 to 1,000 records.' },
  batch_refused: { status: 422, say: 'With atomic=true nothing is stored when one record is refused; see items.' },
  content_too_large: { status: 422, say: 'A part of content is larger than 1,048,576 bytes.' },
  phi_in_details: {
    status: 422,
    say: 'details holds personal identifiers, which this ledger does not take there; put words into content.',
  },
  // state
  idempotency_conflict: { status: 409, say: 'This id was already used for a different record.' },
  conflict: { status: 409, say: 'The change conflicts with the present state.' },
  archive_refused: { status: 409, say: 'The archive cannot be used as it is; the detail says why. Nothing was taken out of the database.' },
  destruction_refused: { status: 409, say: 'This cannot be destroyed; the detail says why. Nothing was destroyed.' },
  review_required: { status: 409, say: 'This ends by a review, and cannot be settled.' },
  under_hold: { status: 409, say: 'A legal hold covers this; nothing was destroyed.' },
  words_not_indexed: { status: 409, say: 'This ledger has no index of words, so that they cannot be searched.' },
  not_covered_yet: { status: 409, say: 'No checkpoint covers this record yet; ask again in a second.' },
  expired: { status: 410, say: 'The file was kept for a limited time and is gone; ask for it again.' },
  signer_refused: { status: 409, say: 'The signer refuses to sign this history; the integrity page says why.' },
  rate_limited: { status: 429, say: 'Too many requests; see Retry-After.' },
  busy: { status: 503, say: 'Too much is asked for at this moment; nothing was done. Ask again in a few seconds.' },
  store_busy: { status: 503, say: 'The record was NOT stored; retry with the same id.' },
  outcome_unknown: {
    status: 503,
    say: 'The connection was lost before the outcome was known; retry with the same id, nothing is stored twice.',
  },
  vault_unavailable: { status: 503, say: 'The words cannot be sealed now, so that nothing was stored; retry with the same id.' },
  audit_unavailable: { status: 503, say: 'The view could not be recorded in the access ledger, so nothing is shown.' },
  internal: { status: 500, say: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; say: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One refusal: what, where (RFC 6901 pointer into the sender's document) and what to do. Never the offending value. */
export interface Refusal {
  code: ErrorCode;
  /** Says more than the code's standing sentence; safe to show. */
  detail?: string;
  pointer?: string;
}

/** RFC 9457 body of an error answer. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  pointer?: string;
  request_id: string;
}

/** Throw to refuse: doors turn it into a problem+json answer. Anything else that is thrown is a bug. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly code: ErrorCode;
  readonly pointer?: string;
  /** What Next hands to a page's error screen, where everything else about an error of the server is withheld. */
  readonly digest: ErrorCode;
  constructor(code: ErrorCode, detail?: string, pointer?: string) {
    super(detail ?? ERRORS[code].say);
    this.code = code;
    this.digest = code;
    if (pointer !== undefined) this.pointer = pointer;
  }
}

/**
 * By name, not by class: pages and the listener are two module graphs in one process, each with a class of its own.
 */
export function isRefusal(error: unknown): error is RefusalError {
  return error instanceof Error && error.name === 'RefusalError';
}

/** @param requestId echoed so that an operator finds the log line. */
export function toProblem(refusal: Refusal, requestId: string): Problem {
  const { status, say } = ERRORS[refusal.code];
  return {
    type: `/docs/errors#${refusal.code}`,
    title: say,
    status,
    code: refusal.code,
    detail: refusal.detail ?? say,
    ...(refusal.pointer === undefined ? {} : { pointer: refusal.pointer }),
    request_id: requestId,
  };
}

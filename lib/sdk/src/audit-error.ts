import type { ErrorCode } from '../../schema/errors';
import type { AuditRecord } from './record';

/** Codes that arise on this side of the wire; all others are the server's. */
export const SDK_ERRORS = {
  undelivered: 'The ledger did not answer in the time allowed; the outcome is unknown and the record may be sent again with the same id.',
  queue_full: 'The queue is full because the ledger is slow or away; the record was not queued. Its number is spent, so the gap will show.',
  closed: 'The client is closed; the record was not sent.',
  not_redacted: 'The redaction failed for this record; it was not sent.',
  not_serialisable: 'The record cannot be written as JSON.',
  bad_answer: 'What answered is not a Holdfast ledger.',
  redirected: 'The address redirects; the key was not sent on. Configure the final address.',
  refused: 'The server refused the record without a known code.',
  no_proof: 'No checkpoint covered the record in the time allowed; its proof can be asked for again at any time.',
  proof_invalid: 'The proof does not show that the record stands in the signed tree. Keep it, and the receipt: somebody must explain it.',
} as const;

export type SdkErrorCode = keyof typeof SDK_ERRORS;
export type AuditErrorCode = SdkErrorCode | ErrorCode;

export interface AuditErrorContext {
  /** The HTTP status, where the server decided. */
  status?: number;
  /** RFC 6901 pointer to the member that was refused. */
  pointer?: string;
  /** The server's id of the request, for its operator. */
  requestId?: string;
  cause?: unknown;
}

/** Every failure of this SDK. `code` is stable; `record` is what was not stored, with its id, so that it can be sent again. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code: AuditErrorCode;
  readonly status?: number;
  readonly pointer?: string;
  readonly requestId?: string;
  readonly record?: AuditRecord;

  constructor(code: AuditErrorCode, detail?: string, context: AuditErrorContext = {}, record?: AuditRecord) {
    super(
      detail ?? (code in SDK_ERRORS ? SDK_ERRORS[code as SdkErrorCode] : code),
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.code = code;
    if (context.status !== undefined) this.status = context.status;
    if (context.pointer !== undefined) this.pointer = context.pointer;
    if (context.requestId !== undefined) this.requestId = context.requestId;
    if (record !== undefined) this.record = record;
  }

  /** The same failure, told of one record of the batch. */
  about(record: AuditRecord): AuditError {
    return new AuditError(this.code, this.message, this, record);
  }
}

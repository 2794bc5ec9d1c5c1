import type { AuditError } from './audit-error';
import type { AuditRecord, Receipt } from './record';

export interface QueueOptions {
  /** A batch is sent at this many records (at most 500) … */
  batchRecords: number;
  /** … or bytes of JSON … */
  batchBytes: number;
  /** … or when its first record has waited this long. */
  lingerMs: number;
  /** Bounds on what waits, in flight included. Over either, the newest record is refused with `queue_full`. */
  maxQueuedRecords: number;
  maxQueuedBytes: number;
  /** How long one batch is retried before its records are given up as `undelivered`. */
  retryForMs: number;
  retryBaseMs: number;
  retryCapMs: number;
}

/** A record on its way. Written as JSON when it is queued, so that later changes to the object change nothing. */
export interface Parcel {
  readonly record: AuditRecord;
  readonly json: string;
  readonly bytes: number;
  readonly queuedAt: number;
  readonly done: Promise<Receipt>;
  readonly accept: (receipt: Receipt) => void;
  readonly reject: (error: AuditError) => void;
}

import { AuditError } from './audit-error';
import { deliverBatch } from './deliver-batch';
import type { Parcel, QueueOptions } from './parcel';
import type { Endpoint } from './post-batch';
import type { AuditRecord, Receipt } from './record';

/**
 * First in, first out, with one request in flight: a later record can never overtake an earlier one, so order within a
 * conversation is the order of the calls. What arrives while a request is in flight makes the next batch.
 */
export class SendQueue {
  readonly #endpoint: Endpoint;
  readonly #options: QueueOptions;
  readonly #waiting: Parcel[] = [];
  #inFlight: Parcel[] = [];
  #records = 0;
  #bytes = 0;
  #hurry = 0;
  #running = false;
  #closed = false;
  #wake: (() => void) | null = null;
  readonly #abort = new AbortController();

  constructor(endpoint: Endpoint, options: QueueOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** @returns the receipt; rejects with AuditError for this record alone. */
  push(record: AuditRecord): Promise<Receipt> {
    if (this.#closed) return Promise.reject(new AuditError('closed', undefined, {}, record));
    let json: string;
    try {
      json = JSON.stringify(record);
    } catch (cause) {
      return Promise.reject(new AuditError('not_serialisable', undefined, { cause }, record));
    }
    const bytes = new TextEncoder().encode(json).length;
    // One record larger than the bound may still pass an empty queue: the server says what is too large.
    const full =
      this.#records >= this.#options.maxQueuedRecords || (this.#records > 0 && this.#bytes + bytes > this.#options.maxQueuedBytes);
    if (full) return Promise.reject(new AuditError('queue_full', undefined, {}, record));
    const parcel = this.#wrap(record, json, bytes);
    this.#waiting.push(parcel);
    this.#wake?.();
    if (!this.#running) void this.#run();
    return parcel.done;
  }

  /** Sends without lingering and returns when every record queued up to now is stored or given up. Never throws. */
  async flush(): Promise<void> {
    const parcels = [...this.#inFlight, ...this.#waiting];
    this.#hurry += 1;
    this.#wake?.();
    await Promise.allSettled(parcels.map((parcel) => parcel.done));
    this.#hurry -= 1;
  }

  /**
   * Takes nothing more, sends what is queued, and gives up after `timeoutMs`.
   * @returns how many records were not known to be stored
   */
  async close(timeoutMs: number): Promise<number> {
    this.#closed = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
    const left = [...this.#inFlight, ...this.#waiting];
    this.#abort.abort(new Error('the client was closed'));
    for (const parcel of left) parcel.reject(new AuditError('undelivered', undefined, {}, parcel.record));
    this.#waiting.length = 0;
    return left.length;
  }

  #wrap(record: AuditRecord, json: string, bytes: number): Parcel {
    const { promise, resolve, reject } = withResolvers<Receipt>();
    this.#records += 1;
    this.#bytes += bytes;
    let settled = false;
    const settle = (then: () => void) => {
      if (settled) return;
      settled = true;
      this.#records -= 1;
      this.#bytes -= bytes;
      then();
    };
    return {
      record,
      json,
      bytes,
      queuedAt: Date.now(),
      done: promise,
      accept: (receipt) => settle(() => resolve(receipt)),
      reject: (error) => settle(() => reject(error)),
    };
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#linger();
      this.#inFlight = this.#takeBatch();
      if (this.#inFlight.length > 0) await deliverBatch(this.#endpoint, this.#inFlight, this.#options, this.#abort.signal);
      this.#inFlight = [];
    }
    this.#running = false;
  }

  async #linger(): Promise<void> {
    // Even without a linger, what is recorded in the same turn of the event loop goes together.
    await Promise.resolve();
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || this.#hurry > 0 || this.#waiting.length >= this.#options.batchRecords) return;
      if (this.#waiting.reduce((sum, parcel) => sum + parcel.bytes, 0) >= this.#options.batchBytes) return;
      const left = first.queuedAt + this.#options.lingerMs - Date.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
  }

  #takeBatch(): Parcel[] {
    let count = 0;
    let bytes = 0;
    for (const parcel of this.#waiting) {
      if (count > 0 && (count >= this.#options.batchRecords || bytes + parcel.bytes > this.#options.batchBytes)) break;
      count += 1;
      bytes += parcel.bytes;
    }
    return this.#waiting.splice(0, count);
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: AuditError) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: AuditError) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

import { AuditError } from './audit-error';
import type { Parcel, QueueOptions } from './parcel';
import { type BatchAnswer, type Endpoint, postBatch } from './post-batch';
import { retryDelay } from './retry-delay';

type RetryOptions = Pick<QueueOptions, 'retryForMs' | 'retryBaseMs' | 'retryCapMs'>;

/** Refusals of a whole request that one bad record among many can cause. */
const MAY_BE_ONE_RECORD = new Set([400, 413, 422]);

/** Brings every parcel of the batch to an end: stored, refused, or given up after `retryForMs`. Never throws. */
export async function deliverBatch(endpoint: Endpoint, batch: readonly Parcel[], options: RetryOptions, abort: AbortSignal): Promise<void> {
  let parcels = batch;
  const giveUpAt = Date.now() + options.retryForMs;
  for (let attempt = 0; parcels.length > 0 && !abort.aborted; attempt += 1) {
    const ids = parcels.map((parcel) => parcel.record.id);
    const json = `[${parcels.map((parcel) => parcel.json).join(',')}]`;
    const answer = await postBatch(endpoint, ids, json, abort);
    if (answer.kind === 'refused') return refuse(endpoint, parcels, answer.error, options, abort);

    const { again, error, retryAfterMs } = answer.kind === 'items' ? settleItems(parcels, answer) : { again: parcels, ...answer };
    parcels = again;
    if (again.length === 0) return;
    const delay = retryDelay(attempt, retryAfterMs, { baseMs: options.retryBaseMs, capMs: options.retryCapMs });
    if (Date.now() + delay > giveUpAt) {
      for (const parcel of again) parcel.reject(new AuditError('undelivered', undefined, { cause: error }, parcel.record));
      return;
    }
    await sleep(delay, abort);
  }
}

function settleItems(parcels: readonly Parcel[], answer: Extract<BatchAnswer, { kind: 'items' }>) {
  const again: Parcel[] = [];
  let error: AuditError | undefined;
  for (const [index, parcel] of parcels.entries()) {
    const item = answer.items[index];
    if (item?.kind === 'receipt') parcel.accept(item.receipt);
    else if (item?.kind === 'refused') parcel.reject(item.error.about(parcel.record));
    else {
      again.push(parcel);
      error = item?.error;
    }
  }
  return { again, error, retryAfterMs: null };
}

/** A batch is read as one document, so one unreadable record refuses all: halves are sent until the bad one stands alone. */
async function refuse(endpoint: Endpoint, parcels: readonly Parcel[], error: AuditError, options: RetryOptions, abort: AbortSignal) {
  if (parcels.length > 1 && error.status !== undefined && MAY_BE_ONE_RECORD.has(error.status)) {
    const middle = parcels.length >> 1;
    await deliverBatch(endpoint, parcels.slice(0, middle), options, abort);
    await deliverBatch(endpoint, parcels.slice(middle), options, abort);
    return;
  }
  for (const parcel of parcels) parcel.reject(error.about(parcel.record));
}

function sleep(ms: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      abort.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    abort.addEventListener('abort', end);
    if (abort.aborted) end();
  });
}

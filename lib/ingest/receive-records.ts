import 'server-only';
import type { KeyIdentity } from '@/lib/auth/authenticate-key';
import { type AppendResult, formatMicroseconds } from '@/lib/ledger/append-batch';
import { appendRecords, isKeyDestroyed } from '@/lib/ledger/append-records';
import { ledgerById } from '@/lib/ledger/find-ledger';
import { type PreparedRecord, prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { type ErrorCode, isRefusal, type Refusal, RefusalError, toProblem } from '@/lib/schema/errors';
import type { Receipt } from '@/lib/schema/record';
import type { Channel } from '@/lib/schema/vocabulary';
import { forgetAllDataKeys } from '@/lib/vault/data-keys';
import { takeQuota } from './limit-rate';
import { type Judged, type Received, readRecords } from './read-records';
import { underRegistry } from './under-registry';
import { underVault } from './under-vault';

/** What the door sends back. */
export interface IngestAnswer {
  status: number;
  body: unknown;
  /** Why records of a batch were refused, each reason once. */
  refusals: ErrorCode[];
}

/** So often words are sealed, where their key is shredded under them each time, before their sender is asked to come again. */
const SEALINGS = 4;

type Prepared = { record: PreparedRecord } | { refusal: Refusal };

/**
 * The one ingest: bytes in, receipts out, after COMMIT. Whatever speaks another protocol maps onto this.
 * @param bytes the decompressed body.
 * @throws RefusalError for the request as a whole; nothing was stored then, outcome_unknown excepted.
 */
export async function receiveRecords(
  bytes: Uint8Array,
  call: { key: KeyIdentity; ndjson: boolean; atomic: boolean; channel: Channel; requestId: string },
): Promise<IngestAnswer> {
  const { key } = call;
  // Before anything is read: that is the work which a body costs, whatever it holds. A kilobyte counts as a record.
  const reading = Math.ceil(bytes.length / 1024);
  spend(key.keyId, reading);
  const received = readRecords(bytes, call.ndjson, key);
  const count = received.kind === 'single' ? 1 : received.items.length;
  if (count > reading) spend(key.keyId, count - reading);
  const ledger = await ledgerById(key.ledgerId);
  const { slug } = ledger;
  const source = { key_id: key.keyId, channel: call.channel };
  const judged = await underRegistry(received, key.ledgerId);
  const store = async () => {
    const sealed = await underVault(judged, ledger);
    return sealed.kind === 'single' ? single(sealed.item, slug, source, key) : batch(sealed, slug, source, call);
  };
  for (let tries = 1; ; tries++) {
    try {
      return await store();
    } catch (error) {
      if (!isKeyDestroyed(error)) throw error;
      // The words were sealed under a key that was shredded in the same moment: once more, under the next one.
      forgetAllDataKeys();
      if (tries === SEALINGS) throw new RefusalError('vault_unavailable');
    }
  }
}

/** @throws RefusalError rate_limited, with the seconds to wait */
function spend(keyId: string, records: number): void {
  const wait = takeQuota(keyId, records);
  if (wait > 0)
    throw Object.assign(new RefusalError('rate_limited', `This key is over its quota; try again in ${wait} s.`), { retryAfter: wait });
}

async function single(item: Judged, slug: string, source: { key_id: string; channel: Channel }, key: KeyIdentity): Promise<IngestAnswer> {
  if ('refusal' in item) throw new RefusalError(item.refusal.code, item.refusal.detail, item.refusal.pointer);
  const [result] = await appendRecords(key.ledgerId, [prepareAgentRecord(item.record, source, item.kept)]);
  if (!isEntry(result)) throw new RefusalError('idempotency_conflict', undefined, '/id');
  return { status: result.kind === 'stored' ? 201 : 200, body: receipt(item.record.id, slug, result), refusals: [] };
}

async function batch(
  received: Extract<Received, { kind: 'batch' }>,
  slug: string,
  source: { key_id: string; channel: Channel },
  call: { key: KeyIdentity; atomic: boolean; requestId: string },
): Promise<IngestAnswer> {
  const prepared = refuseContradictions(received.items.map((item) => prepare(item, source)));
  const live = prepared.flatMap((item) => ('record' in item ? [item.record] : []));
  const whole = live.length === prepared.length;
  const results = live.length > 0 && (whole || !call.atomic) ? await appendRecords(call.key.ledgerId, live, { atomic: call.atomic }) : [];
  const refused = call.atomic && (!whole || results.some((result) => !isEntry(result)));
  let next = 0;
  const items = prepared.map((item, index) => {
    if ('refusal' in item) return refusalItem(index, item.refusal);
    const { id } = item.record;
    const result = results[next++];
    if (result?.kind === 'conflict') return { ...refusalItem(index, { code: 'idempotency_conflict', pointer: '/id' }), id };
    if (result === undefined || !isEntry(result)) return { ...refusalItem(index, NOT_STORED), id };
    return { index, status: result.kind === 'stored' ? 201 : 200, ...receipt(id, slug, result) };
  });
  const counts = {
    accepted: refused ? 0 : results.filter((result) => result.kind === 'stored').length,
    duplicates: refused ? 0 : results.filter((result) => result.kind === 'duplicate').length,
    refused: items.filter((item) => item.status >= 400).length,
  };
  const refusals = [...new Set(items.flatMap((item) => ('code' in item && item.code !== 'batch_refused' ? [item.code] : [])))];
  if (!refused) return { status: 200, body: { ...counts, items }, refusals };
  const problem = toProblem({ code: 'batch_refused' }, call.requestId);
  return { status: problem.status, body: { ...problem, ...counts, items }, refusals };
}

const NOT_STORED: Refusal = { code: 'batch_refused', detail: 'Not stored: another record of this batch was refused.' };

function prepare(item: Judged, source: { key_id: string; channel: Channel }): Prepared {
  if ('refusal' in item) return item;
  try {
    return { record: prepareAgentRecord(item.record, source, item.kept) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refusal: { code: error.code, detail: error.message } };
  }
}

/** The same id with other content later in one batch is refused here; the database would only see the first of them. */
function refuseContradictions(items: Prepared[]): Prepared[] {
  const first = new Map<string, PreparedRecord>();
  return items.map((item) => {
    if ('refusal' in item) return item;
    const before = first.get(item.record.id);
    if (before === undefined) first.set(item.record.id, item.record);
    else if (!before.submitted.equals(item.record.submitted)) return { refusal: { code: 'idempotency_conflict', pointer: '/id' } };
    return item;
  });
}

function refusalItem(index: number, refusal: Refusal) {
  const { request_id: _, ...problem } = toProblem(refusal, '');
  return { index, ...problem };
}

type Entered = Extract<AppendResult, { kind: 'stored' | 'duplicate' }>;

function isEntry(result: AppendResult): result is Entered {
  return result.kind === 'stored' || result.kind === 'duplicate';
}

function receipt(id: string, ledger: string, entry: Entered): Receipt {
  return {
    id,
    ledger,
    seq: String(entry.seq),
    conversation_seq: String(entry.conversationSeq),
    integrity_hash: entry.integrityHash.toString('hex'),
    previous_hash: entry.previousHash.toString('hex'),
    received_at: formatMicroseconds(entry.receivedAtUs),
    duplicate: entry.kind === 'duplicate',
  };
}

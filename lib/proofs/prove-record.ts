import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { readArchived } from '@/lib/archive/read-archived';
import type { KeyIdentity } from '@/lib/auth/authenticate-key';
import { overrideStatus } from '@/lib/auth/request-context';
import type { Viewer } from '@/lib/auth/viewer';
import { toBase64 } from '@/lib/chain/base64';
import { fromHex } from '@/lib/chain/bytes';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { entryName, proveHashes, proveRecord } from '@/lib/ledger/prove-entry';
import { ERRORS, type ErrorCode, RefusalError } from '@/lib/schema/errors';
import type { RecordProofDto } from '@/lib/schema/proofs';

const ROUTE = '/api/v1/records/{id}/proof';

/** One second: a checkpoint comes within that while there is allowance for it (decision 013). */
const AGAIN_AFTER_S = 1;

/**
 * The proof of one record, with its bytes, for a person or a read key. It shows the record: so it is a look at it, recorded before anything is read.
 * @throws RefusalError as auditedRead; not_found, conflict
 */
export async function viewRecordProof(viewer: Viewer, asked: string | null, id: string): Promise<RecordProofDto> {
  return look(viewer, asked, id, async (ledger, name) => {
    const proof = (await proveRecord(ledger.id, name)) ?? refuse('not_found', NO_RECORD);
    if (proof.body !== null) return proof;
    const seq = BigInt(proof.seq);
    const body = (await readArchived(ledger, [{ seq, digest: fromHex(proof.body_hash) }])).get(seq)?.body ?? null;
    return body === null ? proof : { ...proof, body: toBase64(body) };
  });
}

/** The receipt as a file: position, path, signed checkpoint (C2SP tlog-proof). @throws RefusalError as above; not_covered_yet */
export async function viewReceipt(viewer: Viewer, asked: string | null, id: string): Promise<string> {
  return look(viewer, asked, id, (ledger, name) => receiptOf(ledger.id, name));
}

/**
 * The same for the agent that sent records to the ledger of its key. Hashes alone, of a record whose id it must know: no look, and no entry, or each
 * record would cause another. @throws RefusalError not_found, not_covered_yet, conflict
 */
export async function giveReceipt(key: KeyIdentity, id: string): Promise<string> {
  const name = entryName(id);
  if (name === null || !('id' in name)) return refuse('not_found', NO_RECORD);
  return receiptOf(key.ledgerId, name);
}

const NO_RECORD = 'There is no such record in this ledger.';
type Name = NonNullable<ReturnType<typeof entryName>>;

async function look<T>(viewer: Viewer, asked: string | null, id: string, read: (ledger: LedgerRow, name: Name) => Promise<T>): Promise<T> {
  const slug = await chooseLedger(viewer, asked);
  // What people did here is read by those who may read the access log.
  const permission = (await findLedger(slug))?.kind === 'access' ? 'access_log.read' : 'records.read';
  const what = { action: 'record_viewed', screen: ROUTE, resource: { type: 'record', id }, details: { proof: true } } as const;
  return auditedRead(viewer, slug, permission, what, async ({ ledger }) => {
    const name = entryName(id);
    return name === null ? refuse('not_found', NO_RECORD) : read(ledger, name);
  });
}

async function receiptOf(ledgerId: number, name: Name): Promise<string> {
  const proof = await proveHashes(ledgerId, name);
  if (proof === null) return refuse('not_found', NO_RECORD);
  if (proof === 'later') throw Object.assign(new RefusalError('not_covered_yet'), { retryAfter: AGAIN_AFTER_S });
  return proof;
}

function refuse(code: ErrorCode, detail: string): never {
  overrideStatus(ERRORS[code].status);
  throw new RefusalError(code, detail);
}

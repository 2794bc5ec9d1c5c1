import 'server-only';
import { createHash, hash } from 'node:crypto';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { ArchiveFault } from '@/lib/archive/archive-fault';
import { storeAt } from '@/lib/archive/open-store';
import { findSegment } from '@/lib/archive/segments';
import { newestCovering, signLedgerText, toldKeys } from '@/lib/archive/sign-manifest';
import { readRanges } from '@/lib/chain/archive-manifest';
import { CERTIFICATE_LIMITS, type DestructionCertificate, formatCertificate } from '@/lib/chain/destruction-certificate';
import { pool, prisma } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { digestEntries } from '@/lib/ledger/digest-entries';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { findDestruction, readCertificateNote, readDestructionObjects } from '@/lib/ledger/read-destructions';
import { RefusalError } from '@/lib/schema/errors';

/** A store may not take a shorter one. */
const LEAST_LOCK_MS = 2 * 86_400_000;

const METHOD =
  'Sealed words: their data keys were destroyed where nothing else is sealed under them, and their ciphertexts deleted (cryptographic erase, NIST SP 800-88 Rev. 1, 2.6). ' +
  'Bodies and the columns beside them: deleted from the database; its files and the backups of them keep remains until they are written over. ' +
  'Archive objects: each version deleted where no other record lies in it, its lock had ended and no hold was on it; the list says which are still there.';
const STAYS =
  'The entry of each record (position, id, time of receipt, number within its conversation, digest of its body, hashes of the chain), so that the ledger still verifies; the ' +
  'name of each conversation with its counts; signed manifests of archive segments; this certificate.';
const CHECKED =
  'Holds were asked for when it was requested, when it was approved, and once more within each transaction that destroyed anything, under the lock that holds are placed ' +
  'under. No record under a standing hold was destroyed.';

/**
 * Says what was done, has the ledger's keys sign it, and keeps it with an entry of the access ledger, all or nothing. Again when the last object has gone.
 * @throws ArchiveFault signer, not_there
 */
export async function certifyDestruction(ledger: LedgerRow, id: string): Promise<void> {
  const covering = await newestCovering(ledger.id);
  if (covering === null) throw new ArchiveFault('not_there', 'No checkpoint was signed yet, so that nothing can be certified.');
  const issued = new Date();
  const certificate = await describe(ledger, id, issued, {
    checkpoint: { number: String(covering.number), root: covering.root.toString('hex'), size: String(covering.size) },
    keys: await toldKeys(ledger.id, covering),
  });
  const note = await signLedgerText(ledger.id, formatCertificate(certificate), covering);
  const sha256 = hash('sha256', note, 'hex');
  await putBeside(ledger.id, certificate, note, sha256);
  const { pending } = certificate.objects;
  const state = pending > 0 ? 'pending_objects' : 'done';
  const { destroyed } = certificate.records;
  const record = {
    action: 'destruction_certified' as const,
    screen: 'destruction',
    resource: { type: 'destruction', id },
    details: {
      destruction: id,
      number: certificate.number,
      version: certificate.version,
      sha256,
      scope: certificate.scope,
      authority: certificate.authority,
      requested_by: certificate.requested.by,
      approved_by: certificate.approved.by,
      destroyed,
      left: certificate.left,
      positions_sha256: certificate.records.positions_sha256,
      entries_sha256: certificate.records.entries_sha256,
      keys: certificate.words.keys,
      objects: certificate.objects.count,
      objects_pending: pending,
    },
  };
  await recordedChange(SYSTEM, ledger.slug, record, async (tx) => {
    const [kept] = await tx.$queryRaw<{ version: number | null }[]>`
      SELECT keep_certificate(${id}::uuid, ${ledger.id}::int, ${certificate.version}::int, ${note}::bytea, ${issued}::timestamptz, ${state}::text,
                              ${sayOutcome(certificate)}::text) AS version`;
    // Another process was first: its certificate stands, and no entry is made for this one.
    if (kept!.version === null) throw new RefusalError('conflict', 'Another process has certified this destruction.');
  });
}

/** Where an object was, for whoever has nothing but the archive: the certificate that says that it was deleted. */
async function putBeside(ledgerId: number, { objects }: DestructionCertificate, note: Buffer, sha256: string): Promise<void> {
  for (const { segment, state } of objects.list) {
    const at = state === 'removed' ? await findSegment(ledgerId, BigInt(segment)) : null;
    if (at === null) continue;
    await storeAt(at).put(`${at.objectKey.replace(/\.jsonl\.gz$/, '')}.destroyed-${sha256.slice(0, 12)}`, note, {
      sha256: Buffer.from(sha256, 'hex'),
      retainUntil: new Date(Date.now() + LEAST_LOCK_MS),
      contentType: 'text/plain; charset=utf-8',
    });
  }
}

async function describe(
  ledger: LedgerRow,
  id: string,
  issued: Date,
  signed: Pick<DestructionCertificate, 'checkpoint' | 'keys'>,
): Promise<DestructionCertificate> {
  const { one, before, objects, all, days } = await boundedRead(async (tx) => ({
    one: (await findDestruction(tx, ledger.id, id, null))!,
    before: await readCertificateNote(tx, id),
    objects: await readDestructionObjects(tx, id, 100_000),
    all: (
      await tx.$queryRaw<{ named: string; destroyed: string; named_sha256: string; parts: bigint }[]>`
        SELECT (SELECT range_agg(r) FROM destruction_items i, unnest(i.seqs) r WHERE i.destruction_id = d.id)::text AS named,
               coalesce((SELECT range_agg(r) FROM destruction_items i, unnest(i.destroyed) r WHERE i.destruction_id = d.id), '{}')::text AS destroyed,
               encode(d.positions_sha256, 'hex') AS named_sha256, d.parts FROM destructions d WHERE d.id = ${id}::uuid`
    )[0]!,
    days: (await readContentSettings(tx, ledger.id)).backup_horizon_days,
  }));
  const ranges = readRanges(all.destroyed) ?? [];
  const keys = await readDestroyedKeys(id);
  const finished = one.finished_at ?? issued.toISOString();
  const [first, last] = [ranges[0], ranges.at(-1)];
  return {
    ...signed,
    approved: one.approved === null ? { at: '', by: '' } : { at: one.approved.at, by: one.approved.by },
    authority: one.authority,
    finished_at: finished,
    hold_check: { holds: one.left.holds.slice(0, 1_000), say: CHECKED },
    id,
    issued_at: issued.toISOString(),
    ledger: ledger.origin,
    left: { held: one.left.held, not_due: one.left.not_due, unsound: one.left.unsound },
    method: METHOD,
    number: one.number,
    objects: {
      count: objects.length,
      list: objects.slice(0, CERTIFICATE_LIMITS.objects),
      pending: objects.filter(({ state }) => state !== 'removed').length,
    },
    policies_version: one.approved?.found.policies_version ?? one.found.policies_version,
    previous: before?.sha256 ?? null,
    reason: one.reason,
    records: {
      destroyed: one.destroyed,
      entries_sha256: await digestEntries(ledger.id, ranges),
      first: first === undefined ? null : String(first.from),
      last: last === undefined ? null : String(last.to),
      positions_sha256: hash('sha256', all.destroyed),
      ranges:
        ranges.length > CERTIFICATE_LIMITS.ranges ? null : ranges.map(({ from, to }) => [String(from), String(to)] as [string, string]),
      requested: one.records,
      requested_positions_sha256: all.named_sha256,
    },
    requested: one.requested,
    scope: {
      from: one.scope.from ?? null,
      kind: one.scope.kind,
      to: one.scope.to ?? null,
      until: one.scope.until ?? null,
      value: one.scope.kind === 'range' ? '' : one.scope.value,
    },
    stays: STAYS,
    version: (before?.version ?? 0) + 1,
    words: {
      backups_until: new Date(Date.parse(finished) + days * 86_400_000).toISOString(),
      key_ids: keys.first,
      keys: keys.count,
      keys_sha256: keys.sha256,
      parts: Number(all.parts),
    },
  };
}

/** Data keys that went with it. */
async function readDestroyedKeys(id: string): Promise<{ count: number; first: string[]; sha256: string }> {
  const digest = createHash('sha256');
  const first: string[] = [];
  let count = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await pool('verification').query<{ id: string }>(
      'SELECT id FROM content_keys WHERE shredding_id = $1 AND id > $2::uuid ORDER BY id LIMIT 5000',
      [id, after],
    );
    for (const row of rows) {
      digest.update(`${row.id}\n`);
      if (first.length < CERTIFICATE_LIMITS.keyIds) first.push(row.id);
    }
    count += rows.length;
    if (rows.length < 5_000) return { count, first, sha256: digest.digest('hex') };
    after = rows.at(-1)!.id;
  }
}

function sayOutcome({ records, left, objects }: DestructionCertificate): string {
  const many = (n: number, noun: string) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
  const parts = [`${many(records.destroyed, 'record')} of ${records.requested.toLocaleString('en')} destroyed`];
  if (left.held > 0) parts.push(`${many(left.held, 'record')} left because of a hold`);
  if (left.not_due > 0) parts.push(`${many(left.not_due, 'record')} left because not due any more`);
  if (left.unsound > 0) parts.push(`${many(left.unsound, 'record')} left as evidence`);
  const before = records.requested - records.destroyed - left.held - left.not_due - left.unsound;
  if (before > 0) parts.push(`${many(before, 'record')} destroyed before, by another request`);
  if (objects.pending > 0) parts.push(`bodies stay in ${many(objects.pending, 'archive object')} for now`);
  return `${parts.join('; ')}.`;
}

/** Destructions that waited for their objects, of which the last has gone: to be certified anew. */
export async function finishedDestructions(ledgerId: number): Promise<string[]> {
  const rows = await prisma().$queryRaw<{ id: string }[]>`
    SELECT d.id FROM destructions d WHERE d.ledger_id = ${ledgerId} AND d.state = 'pending_objects'
       AND NOT EXISTS (SELECT FROM destruction_objects o WHERE o.destruction_id = d.id AND o.state <> 'removed') ORDER BY d.number`;
  return rows.map(({ id }) => id);
}

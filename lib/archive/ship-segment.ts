import 'server-only';
import { hash } from 'node:crypto';
import type { ArchiveManifest } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { ArchiveFault } from './archive-fault';
import type { Lease } from './archive-lease';
import { type ArchiveStore, contradictTerms, type PutTerms } from './archive-store';
import { type BuiltSegment, buildSegment } from './build-segment';
import { confirmSegment } from './confirm-segment';
import { storeAt } from './open-store';
import { patiently } from './read-object';
import { abandonedBefore, findSegment, type Segment } from './segments';
import { coveringCheckpoint, signManifest, toldKeys } from './sign-manifest';

type ShippedLedger = Pick<LedgerRow, 'id' | 'slug' | 'origin'>;

/**
 * From wherever it is on its way to confirmed. What is there and is not what was put is put once more.
 * @param built its lines; null: they are made from what the database has
 * @throws ArchiveFault, StoreFault: it is where it was, for the next try
 */
export async function shipSegment(
  segment: Segment,
  built: BuiltSegment | null,
  lease: Lease,
  ledger: ShippedLedger,
  signal?: AbortSignal,
): Promise<Segment> {
  const store = storeAt(segment);
  let current = segment;
  for (let tried = 1; ; tried++) {
    const how = { built, anew: tried > 1, signal };
    if (current.state === 'planned') current = await uploadSegment(store, current, lease, ledger, how);
    try {
      await confirmSegment(store, current, lease, signal);
      return current;
    } catch (error) {
      if (!(error instanceof ArchiveFault) || error.code !== 'contradicted' || tried === 2) throw error;
      log.warn({ err: error, ledger: ledger.slug }, 'an archive object is not what was put; it is put again');
      current = { ...current, state: 'planned' };
    }
  }
}

interface How {
  /** Its lines, where they were made already. */
  built: BuiltSegment | null;
  /** What lies there was found to be something else. */
  anew: boolean;
  signal: AbortSignal | undefined;
}

async function uploadSegment(store: ArchiveStore, segment: Segment, lease: Lease, ledger: ShippedLedger, how: How): Promise<Segment> {
  const covering = await coveringCheckpoint(ledger.id, segment.checkpointNumber);
  if (covering === null) throw new ArchiveFault('not_there', `Checkpoint ${segment.checkpointNumber} is gone. A verification tells more.`);
  const { gzip, gzipSha256, rawSha256, totals } = how.built ?? (await buildSegment(ledger.id, segment.ranges, how.signal));
  const abandoned = await abandonedBefore(ledger.id, segment.number);
  const manifest: ArchiveManifest = {
    ledger: ledger.origin,
    number: segment.number,
    ...(abandoned && { abandoned }),
    madeAt: segment.plannedAt.toISOString(),
    object: segment.objectKey,
    rows: totals.rows,
    ranges: totals.ranges,
    raw: { bytes: totals.rawBytes, sha256: rawSha256 },
    gzip: { bytes: gzip.length, sha256: gzipSha256 },
    firstHash: totals.firstHash!,
    lastHash: totals.lastHash!,
    retainUntil: segment.retainUntil.toISOString(),
    checkpoint: covering,
    keys: await toldKeys(ledger.id, covering),
    previous: segment.previousSha256,
  };
  const note = await signManifest(ledger.id, manifest, covering);
  const { retainUntil } = segment;
  const versionId = await putOnce(
    store,
    segment.objectKey,
    gzip,
    { sha256: gzipSha256, retainUntil, contentType: 'application/gzip' },
    how,
  );
  const noteSha256 = Buffer.from(hash('sha256', note, 'buffer'));
  const manifestVersionId = await putOnce(
    store,
    segment.manifestKey,
    note,
    { sha256: noteSha256, retainUntil, contentType: 'text/plain; charset=utf-8' },
    how,
  );
  await pool('archive').query('SELECT archive_uploaded($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    ledger.id,
    lease.fence,
    String(segment.number),
    totals.rawBytes,
    rawSha256,
    gzip.length,
    gzipSha256,
    versionId,
    note,
    manifestVersionId,
  ]);
  return (await findSegment(ledger.id, segment.number))!;
}

/** What an earlier try has put, whose answer was lost, is taken as it is: a second version could not be deleted for years. Whether it is sound is looked at later. */
async function putOnce(
  store: ArchiveStore,
  key: string,
  bytes: Buffer,
  terms: PutTerms,
  { anew, signal }: Pick<How, 'anew' | 'signal'>,
): Promise<string> {
  const sha256 = terms.sha256.toString('hex');
  return patiently(async () => {
    const there = anew ? null : await store.head(key, null);
    const same =
      there !== null &&
      there.sha256 === sha256 &&
      contradictTerms(there, { bytes: bytes.length, retainUntil: terms.retainUntil, worm: store.worm }) === null;
    return same ? there.versionId : (await store.put(key, bytes, terms)).versionId;
  }, signal);
}

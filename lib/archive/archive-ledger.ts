import 'server-only';
import { hash } from 'node:crypto';
import { type ArchiveManifest, sayRanges } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { ArchiveFault, HELD, LEASE_LOST, NOT_SO, sqlState } from './archive-fault';
import { type Lease, takeLease } from './archive-lease';
import { type ArchiveStore, contradictTerms, type PutTerms } from './archive-store';
import { buildSegment } from './build-segment';
import { confirmSegment } from './confirm-segment';
import { storeAt } from './open-store';
import { type Due, type PlannedSegment, planSegments, rangesOf, type SegmentBounds } from './plan-segments';
import { type PruneFindings, pruneSegments } from './prune-segments';
import { patiently } from './read-object';
import { findOpenSegment, findSegment, type Segment } from './segments';
import { type CoveringCheckpoint, coveringCheckpoint, newestCovering, signManifest, toldKeys } from './sign-manifest';

export interface ArchiveTask {
  ledger: Pick<LedgerRow, 'id' | 'slug' | 'origin'>;
  /** Where new segments go. */
  store: ArchiveStore;
  due: Due;
  /** Row of archive_runs. */
  runId?: string;
  bounds?: SegmentBounds;
  leaseMs?: number;
  /** Told of records as they are confirmed, and as they are taken away. */
  onProgress?: (what: 'confirmed' | 'pruned', records: number) => void;
  signal?: AbortSignal;
}

export interface ArchiveOutcome extends PruneFindings {
  segments: number;
  /** Records whose copies were confirmed by this run. */
  records: number;
  /** Packed. */
  bytes: number;
}

/**
 * One run: what an earlier one left on its way is finished first; then what is due goes segment by segment through planned, uploaded and confirmed, and is taken out
 * of the database. Killed at any step it loses nothing, and the next one goes on from there.
 * @throws ArchiveFault, StoreFault: what stopped it. What was confirmed by then stands.
 */
export async function archiveLedger(task: ArchiveTask): Promise<ArchiveOutcome> {
  const lease = await takeLease(task.ledger.id, task.leaseMs);
  if (lease === null) throw new ArchiveFault('lost', 'Another process archives this ledger right now.');
  const signal = task.signal === undefined ? lease.signal : AbortSignal.any([task.signal, lease.signal]);
  try {
    await task.store.check();
    return await work({ ...task, signal }, lease);
  } catch (error) {
    if (sqlState(error) === LEASE_LOST || lease.signal.aborted)
      throw new ArchiveFault('lost', 'Another process has taken over the archival of this ledger.');
    throw error;
  } finally {
    await lease.letGo().catch((error) => log.warn({ err: error }, 'a lease could not be given back; it runs out by itself'));
  }
}

async function work(task: ArchiveTask, lease: Lease): Promise<ArchiveOutcome> {
  const { ledger, due, signal, onProgress } = task;
  const outcome: ArchiveOutcome = { segments: 0, records: 0, bytes: 0, pruned: 0, held: 0, later: 0 };
  const ship = async (segment: Segment) => {
    const shipped = await shipSegment(segment, lease, ledger, signal);
    outcome.segments++;
    outcome.records += shipped.rows;
    outcome.bytes += shipped.gzip?.bytes ?? 0;
    onProgress?.('confirmed', shipped.rows);
  };
  const prune = async () => {
    const found = await pruneSegments(lease, { signal, onProgress: (records) => onProgress?.('pruned', records) });
    outcome.pruned += found.pruned;
    // Of the last look: what stayed then is looked at anew each time.
    [outcome.held, outcome.later] = [found.held, found.later];
  };

  const open = await findOpenSegment(ledger.id);
  if (open !== null) await ship(open);
  await prune();
  const covering = await newestCovering(ledger.id);
  if (covering === null) return outcome;
  const below = await countedBelow(ledger.id, covering.size);
  let heldBack = 0;
  for await (const planned of planSegments(ledger.id, due, { below, bounds: task.bounds, onHeld: (held) => (heldBack += held) })) {
    signal?.throwIfAborted();
    if (planned === null) await prune();
    else {
      const segment = await planOne(task, lease, planned, covering);
      if (segment === null) heldBack += planned.seqs.length;
      else await ship(segment);
    }
  }
  outcome.held += heldBack;
  return outcome;
}

/** Covered by the checkpoint, and counted: what is not yet is left to the next run. */
async function countedBelow(ledgerId: number, size: bigint): Promise<bigint> {
  const { rows } = await pool('verification').query<{ counted_to: string }>('SELECT counted_to FROM volume_progress WHERE ledger_id = $1', [
    ledgerId,
  ]);
  const counted = BigInt(rows[0]?.counted_to ?? -1) + 1n;
  return counted < size ? counted : size;
}

/** @returns null where nothing is left of it: a hold was placed meanwhile, and wins */
async function planOne(
  { ledger, store, runId }: ArchiveTask,
  lease: Lease,
  { seqs, retainUntil }: PlannedSegment,
  covering: CoveringCheckpoint,
): Promise<Segment | null> {
  for (let free = seqs; free.length > 0; ) {
    try {
      const { rows } = await pool('archive').query<{ number: string }>(
        'SELECT archive_plan($1, $2, $3, $4, $5, $6, $7, $8, $9) AS number',
        [
          ledger.id,
          lease.fence,
          runId ?? null,
          sayRanges(rangesOf(free)),
          retainUntil,
          String(covering.number),
          store.kind,
          store.place,
          folderOf(ledger),
        ],
      );
      return (await findSegment(ledger.id, BigInt(rows[0]!.number)))!;
    } catch (error) {
      if (sqlState(error) === NOT_SO)
        throw new ArchiveFault('not_there', `${(error as Error).message.replace(/^holdfast: /, '')}. A verification tells more.`);
      if (sqlState(error) !== HELD) throw error;
      const { rows } = await pool('archive').query<{ seq: string }>('SELECT DISTINCT seq FROM held_positions($1, $2)', [
        ledger.id,
        free.map(String),
      ]);
      const held = new Set(rows.map(({ seq }) => BigInt(seq)));
      free = free.filter((seq) => !held.has(seq));
    }
  }
  return null;
}

/** The slug tells a person which ledger it is, the digest keeps two of one slug apart. */
function folderOf({ slug, origin }: Pick<LedgerRow, 'slug' | 'origin'>): string {
  return `${slug}-${hash('sha256', origin).slice(0, 12)}`;
}

/** From wherever it is on its way to confirmed. What is there and is not what was put is put once more. */
async function shipSegment(segment: Segment, lease: Lease, ledger: ArchiveTask['ledger'], signal?: AbortSignal): Promise<Segment> {
  const store = storeAt(segment);
  let current = segment;
  for (let tried = 1; ; tried++) {
    const how = { anew: tried > 1, signal };
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
  /** What lies there was found to be something else. */
  anew: boolean;
  signal: AbortSignal | undefined;
}

async function uploadSegment(
  store: ArchiveStore,
  segment: Segment,
  lease: Lease,
  ledger: ArchiveTask['ledger'],
  how: How,
): Promise<Segment> {
  const covering = await coveringCheckpoint(ledger.id, segment.checkpointNumber);
  if (covering === null) throw new ArchiveFault('not_there', `Checkpoint ${segment.checkpointNumber} is gone. A verification tells more.`);
  const { gzip, gzipSha256, rawSha256, totals } = await buildSegment(ledger.id, segment.ranges, how.signal);
  const manifest: ArchiveManifest = {
    ledger: ledger.origin,
    number: segment.number,
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
async function putOnce(store: ArchiveStore, key: string, bytes: Buffer, terms: PutTerms, { anew, signal }: How): Promise<string> {
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

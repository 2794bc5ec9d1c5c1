import 'server-only';
import { hash } from 'node:crypto';
import { sayRanges } from '@/lib/chain/archive-manifest';
import { NoteError } from '@/lib/chain/note-error';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { ArchiveFault, HELD, LEASE_LOST, NOT_SO, sqlState } from './archive-fault';
import { awaitLease, type Lease } from './archive-lease';
import { type ArchiveStore, StoreFault } from './archive-store';
import { type BuiltSegment, buildSegment } from './build-segment';
import { cutByRanges, type Due, type PlannedSegment, planSegments, rangesOf, type SegmentBounds } from './plan-segments';
import { type PruneFindings, Pruning } from './prune-segments';
import { findOpenSegment, findSegment, type Segment } from './segments';
import { shipSegment } from './ship-segment';
import { type CoveringCheckpoint, newestCovering, signLedgerText } from './sign-manifest';

export interface ArchiveTask {
  ledger: Pick<LedgerRow, 'id' | 'slug' | 'origin'>;
  /** Where new segments go. */
  store: ArchiveStore;
  due: Due;
  /** Row of archive_runs. */
  runId?: string;
  bounds?: SegmentBounds;
  leaseMs?: number;
  /** How much of the usual rests there is between the steps that take records away; 1 unless it is told. */
  pace?: number | undefined;
  /** Told once where another process archives or restores this ledger, and this run waits until that has ended. */
  onWait?: () => void;
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
  /** Segments that were planned and given up; what is left of them was planned anew. */
  abandoned: number;
}

/** A lock must not end before its object is put, or stores refuse it. */
const LEAST_LOCK_MS = 86_400_000;
/** How often what is altered is left out of a segment before all of it is left. */
const ROUNDS = 50;

/**
 * One run: what an earlier one left on its way is finished first, or given up where it cannot be; then what is due goes segment by segment through planned, uploaded
 * and confirmed, and is taken out of the database. Killed at any step it loses nothing, and the next one goes on from there. What is altered, or under a hold, stays,
 * and keeps nothing else from going. Where another process works at this ledger it is waited for.
 * @throws ArchiveFault, StoreFault: what stopped it. What was confirmed by then stands.
 */
export async function archiveLedger(task: ArchiveTask): Promise<ArchiveOutcome> {
  const lease = await awaitLease(task.ledger.id, task);
  const signal = task.signal === undefined ? lease.signal : AbortSignal.any([task.signal, lease.signal]);
  try {
    await task.store.check();
    return await new Run({ ...task, signal }, lease).work();
  } catch (error) {
    if (sqlState(error) === LEASE_LOST || lease.signal.aborted)
      throw new ArchiveFault('lost', 'Another process has taken over the archival of this ledger.');
    throw error;
  } finally {
    await lease.letGo().catch((error) => log.warn({ err: error }, 'a lease could not be given back; it runs out by itself'));
  }
}

class Run {
  readonly #task: ArchiveTask;
  readonly #lease: Lease;
  readonly #pruning: Pruning;
  readonly #outcome: ArchiveOutcome = { segments: 0, records: 0, bytes: 0, abandoned: 0, pruned: 0, held: 0, later: 0, altered: 0 };

  constructor(task: ArchiveTask, lease: Lease) {
    this.#task = task;
    this.#lease = lease;
    const { signal, pace, onProgress } = task;
    this.#pruning = new Pruning(lease, { signal, pace, onProgress: (records) => onProgress?.('pruned', records) });
  }

  async work(): Promise<ArchiveOutcome> {
    const { ledger, due, bounds, signal } = this.#task;
    await this.#finishOpen();
    await this.#pruning.look();
    let [held, altered] = [0, 0];
    const covering = await newestCovering(ledger.id);
    if (covering !== null) {
      const below = await countedBelow(ledger.id, covering.size);
      for await (const planned of planSegments(ledger.id, due, { below, bounds, onHeld: (some) => (held += some) })) {
        signal?.throwIfAborted();
        if (planned === null) {
          await this.#pruning.look();
          continue;
        }
        const left = await this.#archive(planned, covering);
        held += left.held;
        altered += left.altered;
      }
    }
    const found = this.#pruning.found;
    return { ...this.#outcome, ...found, held: found.held + held, altered: found.altered + altered };
  }

  /** What an earlier run left on its way. Where the store has decided, or what was planned cannot be put any more, it is given up and its records are planned anew. */
  async #finishOpen(): Promise<void> {
    const { ledger, store } = this.#task;
    const open = await findOpenSegment(ledger.id);
    if (open === null) return;
    const elsewhere = open.kind !== store.kind || open.place !== store.place;
    if (open.state === 'planned' && elsewhere) return this.#abandon(open, `New segments go to ${store.place}.`);
    if (open.retainUntil.getTime() < Date.now() + LEAST_LOCK_MS)
      return this.#abandon(open, `It was not confirmed until its lock had to end, ${open.retainUntil.toISOString()}.`);
    try {
      await this.#ship(open, null);
    } catch (error) {
      this.#task.signal?.throwIfAborted();
      const why = isFinal(error) ? (error as Error).message : elsewhere && error instanceof StoreFault ? error.message : null;
      if (why === null) throw error;
      // Keys that are nowhere on this machine cannot sign what is planned anew either.
      const covering = error instanceof ArchiveFault && error.code === 'signer' ? await newestCovering(ledger.id) : null;
      if (covering !== null) await signLedgerText(ledger.id, 'holdfast/can-sign\n', covering);
      await this.#abandon(open, why);
    }
  }

  /** What of a planned segment is sound and free goes, in as many segments as a manifest can name. @returns how many records stay */
  async #archive(planned: PlannedSegment, covering: CoveringCheckpoint): Promise<{ held: number; altered: number }> {
    const { ledger, signal } = this.#task;
    const left = { held: 0, altered: 0 };
    const waiting = [planned.seqs];
    let rounds = 0;
    for (let seqs = waiting.shift(); seqs !== undefined; seqs = waiting.shift()) {
      const [first, rest] = cutByRanges(seqs);
      if (rest.length > 0) waiting.unshift(rest);
      if (first.length === 0) continue;
      signal?.throwIfAborted();
      try {
        const built = await buildSegment(ledger.id, rangesOf(first), signal);
        const segment = await this.#plan(first, planned.retainUntil, covering);
        if (segment !== null) {
          await this.#ship(segment, built);
          continue;
        }
        const free = await this.#without(first);
        left.held += first.length - free.length;
        waiting.unshift(free);
      } catch (error) {
        if (!(error instanceof ArchiveFault) || error.code !== 'evidence') throw error;
        const altered = new Set(error.seqs);
        const sound = ++rounds > ROUNDS ? [] : first.filter((seq) => !altered.has(seq));
        log.error(
          { err: error, ledger: ledger.slug, altered: first.length - sound.length },
          'records that are not what they were are not archived',
        );
        left.altered += first.length - sound.length;
        waiting.unshift(sound);
      }
    }
    return left;
  }

  /** @returns null where a hold was placed meanwhile, which wins */
  async #plan(seqs: readonly bigint[], retainUntil: Date, covering: CoveringCheckpoint): Promise<Segment | null> {
    const { ledger, store, runId } = this.#task;
    // Before a number is given out: without these keys nothing could come of it.
    await signLedgerText(ledger.id, 'holdfast/can-sign\n', covering);
    try {
      const { rows } = await pool('archive').query<{ number: string }>(
        'SELECT archive_plan($1, $2, $3, $4, $5, $6, $7, $8, $9) AS number',
        [
          ledger.id,
          this.#lease.fence,
          runId ?? null,
          sayRanges(rangesOf(seqs)),
          retainUntil,
          String(covering.number),
          store.kind,
          store.place,
          folderOf(ledger),
        ],
      );
      return (await findSegment(ledger.id, BigInt(rows[0]!.number)))!;
    } catch (error) {
      if (sqlState(error) === HELD) return null;
      if (sqlState(error) !== NOT_SO) throw error;
      throw new ArchiveFault('not_there', `${(error as Error).message.replace(/^holdfast: /, '')}. A verification tells more.`);
    }
  }

  async #without(seqs: readonly bigint[]): Promise<bigint[]> {
    const { rows } = await pool('archive').query<{ seq: string }>('SELECT DISTINCT seq FROM held_positions($1, $2)', [
      this.#task.ledger.id,
      seqs.map(String),
    ]);
    const held = new Set(rows.map(({ seq }) => BigInt(seq)));
    return seqs.filter((seq) => !held.has(seq));
  }

  async #ship(segment: Segment, built: BuiltSegment | null): Promise<void> {
    const { ledger, signal, onProgress } = this.#task;
    const shipped = await shipSegment(segment, built, this.#lease, ledger, signal);
    await this.#pruning.note(shipped);
    this.#outcome.segments++;
    this.#outcome.records += shipped.rows;
    this.#outcome.bytes += shipped.gzip?.bytes ?? 0;
    onProgress?.('confirmed', shipped.rows);
  }

  async #abandon(segment: Segment, because: string): Promise<void> {
    const { ledger } = this.#task;
    log.warn({ ledger: ledger.slug, segment: String(segment.number), because }, 'a segment on its way to the archive is given up');
    await pool('archive').query('SELECT archive_abandon($1, $2, $3, $4)', [ledger.id, this.#lease.fence, String(segment.number), because]);
    this.#outcome.abandoned++;
  }
}

/** What another try with the same segment cannot mend. A store that gives no answer may give one tomorrow; whoever lost the lease decides nothing. */
function isFinal(error: unknown): boolean {
  if (error instanceof StoreFault) return error.code !== 'unreachable';
  return (
    (error instanceof ArchiveFault && error.code !== 'lost' && error.code !== 'store') ||
    error instanceof NoteError ||
    error instanceof RangeError
  );
}

/** Covered by the checkpoint, and counted: what is not yet is left to the next run. */
async function countedBelow(ledgerId: number, size: bigint): Promise<bigint> {
  const { rows } = await pool('verification').query<{ counted_to: string }>('SELECT counted_to FROM volume_progress WHERE ledger_id = $1', [
    ledgerId,
  ]);
  const counted = BigInt(rows[0]?.counted_to ?? -1) + 1n;
  return counted < size ? counted : size;
}

/** The slug tells a person which ledger it is, the digest keeps two of one slug apart. */
function folderOf({ slug, origin }: Pick<LedgerRow, 'slug' | 'origin'>): string {
  return `${slug}-${hash('sha256', origin).slice(0, 12)}`;
}

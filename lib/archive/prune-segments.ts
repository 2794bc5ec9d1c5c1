import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { ALTERED, ArchiveFault, BUSY, HELD, LEASE_LOST, NOT_COUNTED, sqlState } from './archive-fault';
import type { Lease } from './archive-lease';
import { confirmedSegments, LEAF, type Segment } from './segments';

/**
 * Records a transaction. Of one that looks over a leaf or takes away so few that it is over in some milliseconds: whoever appends and meets it waits no longer than that for a
 * processor, and its commit not behind what was written to the log.
 */
const STEP = { note: 500, look: 128, prune: 64 };
/** A step that takes records away for this long does so mostly for what it asks each time (many holds; a busy machine looks the same): the next one takes twice as many for that, up to a bound. */
const LONG_MS = 20;
const STEP_MOST = { ...STEP, prune: 512 };
/** Rests after a transaction, as a multiple of the time that it took: of one that only notes, of one that looks over a leaf, and of one that takes away. Looks take less than a hundredth of the time. */
const PAUSE = { note: 3, look: 100, prune: 40 };
/** Whoever takes away more than that in one run, record by record, does so for less than a hundredth of the time, however long a step is (up to the bound of a rest). */
const MANY = { records: 2_000, pause: 150 };
/** A step that waited for somebody, or for a machine that stood still, is no measure of what it does. */
const REST_MOST_MS = 15_000;

export interface PruneFindings {
  /** Records that were taken away. */
  pruned: number;
  /** Records that stay because a hold is on one of their segment. */
  held: number;
  /** Records that stay for now: somebody reads the leaf, or they are not counted yet. */
  later: number;
  /** Records that stay because one of their segment is not what its entry names: evidence, which a verification tells. */
  altered: number;
}

interface How {
  onProgress?: ((pruned: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  pace?: number | undefined;
}

/** One look, by itself. @throws as {@link Pruning.look} */
export async function pruneSegments(lease: Lease, how: How = {}): Promise<PruneFindings> {
  const pruning = new Pruning(lease, how);
  await pruning.look();
  return pruning.found;
}

/**
 * Takes away what is confirmed: whole leaves at once, the rest in short transactions with a longer pause after each, so that whoever appends does not notice. What stays of
 * them is noted first, in as short ones: it is most of the work, and takes nothing away.
 * A segment that is refused, for a hold or because a record of it was altered, stays, keeps no other from going, and is not asked for again by the same run.
 */
export class Pruning {
  readonly #lease: Lease;
  readonly #how: How;
  #pruned = 0;
  /** Of those, the ones that went record by record. */
  #oneByOne = 0;
  /** Of the last look: what stayed then is looked at anew each time. */
  #later = 0;
  /** By number, for as long as the run goes on. */
  readonly #refused = new Map<bigint, { why: 'held' | 'altered'; left: number }>();

  constructor(lease: Lease, how: How = {}) {
    this.#lease = lease;
    this.#how = how;
  }

  get found(): PruneFindings {
    const left = (why: 'held' | 'altered') => [...this.#refused.values()].reduce((sum, one) => sum + (one.why === why ? one.left : 0), 0);
    return { pruned: this.#pruned, held: left('held'), later: this.#later, altered: left('altered') };
  }

  /** Asked for again it goes on where it was. @throws ArchiveFault lost */
  async look(): Promise<void> {
    this.#later = 0;
    const leaves = new Map<bigint, Segment[]>();
    for (const segment of await confirmedSegments(this.#lease.ledgerId)) {
      const leaf = segment.firstSeq / LEAF;
      leaves.set(leaf, [...(leaves.get(leaf) ?? []), segment]);
    }
    for (const [leaf, segments] of leaves) {
      this.#how.signal?.throwIfAborted();
      const open = segments.filter(({ number }) => !this.#refused.has(number));
      if (open.length === 0) continue;
      for (const segment of open) if (segment.notedTo < segment.lastSeq) await this.note(segment);
      const left = open.reduce((sum, { rows, prunedRows }) => sum + rows - prunedRows, 0);
      const whole = open.length < segments.length ? 'parts' : await this.#pruneLeaf(leaf);
      if (whole === 'dropped') this.#tell(left);
      else if (whole === 'busy') this.#later += left;
      else for (const segment of open) await this.#pruneOne(segment);
    }
  }

  /** Before it is pruned, and after it is confirmed: at once, so that a leaf is taken away without it. @throws ArchiveFault lost */
  async note({ number }: Pick<Segment, 'number'>): Promise<void> {
    try {
      await this.#step('archive_note', number, 'note');
    } catch (error) {
      throw faultOf(error);
    }
  }

  #tell(pruned: number): void {
    this.#pruned += pruned;
    this.#how.onProgress?.(pruned);
  }

  /** Over and over, with pauses, until there is nothing left to do. @returns false where it cannot be done */
  async #step(call: string, of: bigint, what: keyof typeof STEP, onDone?: (records: number) => void): Promise<boolean> {
    const { signal, pace = 1 } = this.#how;
    for (let size = STEP[what]; ; ) {
      signal?.throwIfAborted();
      const began = performance.now();
      const values = [this.#lease.ledgerId, this.#lease.fence, String(of), size];
      const { rows } = await pool('archive').query<{ done: number | null }>(`SELECT ${call}($1, $2, $3, $4) AS done`, values);
      const { done } = rows[0]!;
      if (done === 0 || done === null) return done === 0;
      onDone?.(done);
      const took = performance.now() - began;
      size = took > LONG_MS ? Math.min(STEP_MOST[what], size * 2) : Math.max(STEP[what], Math.floor(size / 2));
      const pause = what === 'prune' && this.#oneByOne > MANY.records ? MANY.pause : PAUSE[what];
      await sleep(pace * Math.min(pause * took, REST_MOST_MS), undefined, { signal });
    }
  }

  async #pruneLeaf(leaf: bigint): Promise<'dropped' | 'busy' | 'parts'> {
    try {
      if (!(await this.#step('archive_look', leaf, 'look'))) return 'parts';
      const { rows } = await pool('archive').query<{ dropped: boolean }>('SELECT prune_leaf($1, $2, $3) AS dropped', [
        this.#lease.ledgerId,
        this.#lease.fence,
        String(leaf),
      ]);
      if (rows[0]!.dropped) return 'dropped';
      log.warn(
        { ledger: this.#lease.ledgerId, leaf: String(leaf) },
        'a leaf was written to since it was looked over, or what was counted is lost: it goes record by record',
      );
      return 'parts';
    } catch (error) {
      const state = sqlState(error);
      if (state === BUSY) return 'busy';
      // What of it is under no hold, and not altered, goes segment by segment.
      if (state === HELD || state === NOT_COUNTED || state === ALTERED) return 'parts';
      throw faultOf(error);
    }
  }

  async #pruneOne({ number, rows, prunedRows }: Segment): Promise<void> {
    let left = rows - prunedRows;
    try {
      await this.#step('prune_segment', number, 'prune', (pruned) => {
        left -= pruned;
        this.#oneByOne += pruned;
        this.#tell(pruned);
      });
    } catch (error) {
      const state = sqlState(error);
      if (state === ALTERED)
        log.error({ err: error, ledger: this.#lease.ledgerId, segment: String(number) }, 'a segment with an altered record is left');
      if (state === HELD) this.#refused.set(number, { why: 'held', left });
      else if (state === ALTERED) this.#refused.set(number, { why: 'altered', left });
      else if (state === NOT_COUNTED || state === BUSY) this.#later += left;
      else throw faultOf(error);
    }
  }
}

function faultOf(error: unknown): unknown {
  if (sqlState(error) === LEASE_LOST) return new ArchiveFault('lost', 'Another process has taken over the archival of this ledger.');
  return error;
}

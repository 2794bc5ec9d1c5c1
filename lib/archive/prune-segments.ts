import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import { ALTERED, ArchiveFault, BUSY, HELD, LEASE_LOST, NOT_COUNTED, sqlState } from './archive-fault';
import type { Lease } from './archive-lease';
import { confirmedSegments, LEAF, type Segment } from './segments';

/** Records a transaction. */
const STEP = 2_000;

export interface PruneFindings {
  /** Records that were taken away. */
  pruned: number;
  /** Records that stay because a hold is on one of their segment. */
  held: number;
  /** Records that stay for now: somebody reads the leaf, or they are not counted yet. */
  later: number;
}

/**
 * Takes away what is confirmed: whole leaves at once, the rest in short transactions with as long a pause after each, so that whoever appends does not notice.
 * Asked for again it goes on where it was.
 * @throws ArchiveFault lost; evidence: a body was changed since, which is left as it is
 */
export async function pruneSegments(
  lease: Lease,
  { onProgress, signal }: { onProgress?: (pruned: number) => void; signal?: AbortSignal } = {},
): Promise<PruneFindings> {
  const found: PruneFindings = { pruned: 0, held: 0, later: 0 };
  const leaves = new Map<bigint, Segment[]>();
  for (const segment of await confirmedSegments(lease.ledgerId)) {
    const leaf = segment.firstSeq / LEAF;
    leaves.set(leaf, [...(leaves.get(leaf) ?? []), segment]);
  }
  for (const [leaf, segments] of leaves) {
    signal?.throwIfAborted();
    const left = segments.reduce((sum, { rows, prunedRows }) => sum + rows - prunedRows, 0);
    const whole = await pruneLeaf(lease, leaf);
    if (whole === 'dropped') {
      found.pruned += left;
      onProgress?.(left);
    } else if (whole === 'busy') found.later += left;
    else for (const segment of segments) await pruneOne(lease, segment, found, onProgress, signal);
  }
  return found;
}

async function pruneLeaf(lease: Lease, leaf: bigint): Promise<'dropped' | 'busy' | 'parts'> {
  try {
    const { rows } = await pool('archive').query<{ dropped: boolean }>('SELECT prune_leaf($1, $2, $3) AS dropped', [
      lease.ledgerId,
      lease.fence,
      String(leaf),
    ]);
    return rows[0]!.dropped ? 'dropped' : 'parts';
  } catch (error) {
    const state = sqlState(error);
    if (state === BUSY) return 'busy';
    // What of it is under no hold goes segment by segment.
    if (state === HELD || state === NOT_COUNTED) return 'parts';
    throw faultOf(error);
  }
}

async function pruneOne(
  lease: Lease,
  { number, rows, prunedRows }: Segment,
  found: PruneFindings,
  onProgress: ((pruned: number) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  let gone = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const began = performance.now();
      const { rows: answer } = await pool('archive').query<{ pruned: number }>('SELECT prune_segment($1, $2, $3, $4) AS pruned', [
        lease.ledgerId,
        lease.fence,
        String(number),
        STEP,
      ]);
      const pruned = answer[0]!.pruned;
      if (pruned === 0) return;
      gone += pruned;
      found.pruned += pruned;
      onProgress?.(pruned);
      await sleep(performance.now() - began, undefined, { signal });
    }
  } catch (error) {
    const state = sqlState(error);
    if (state === HELD) found.held += rows - prunedRows - gone;
    else if (state === NOT_COUNTED || state === BUSY) found.later += rows - prunedRows - gone;
    else throw faultOf(error);
  }
}

function faultOf(error: unknown): unknown {
  const state = sqlState(error);
  if (state === LEASE_LOST) return new ArchiveFault('lost', 'Another process has taken over the archival of this ledger.');
  if (state === ALTERED)
    return new ArchiveFault(
      'evidence',
      `${(error as Error).message.replace(/^holdfast: /, '')}. It is left as it is, and the copy in the archive too.`,
    );
  return error;
}

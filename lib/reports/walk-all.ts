import 'server-only';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { type Search, walkPositions } from '@/lib/ledger/walk-positions';

/** Positions of one step of a walk: some tens of milliseconds. */
const STEP = 1_000;

/**
 * Every position that a search finds from `low` up to `head`, newest first, whatever it takes, in short transactions: what a screen shows page by page, by the same search.
 */
export async function* walkAll(find: (tx: Tx) => Promise<Search>, head: bigint, signal: AbortSignal, low = 0n): AsyncGenerator<bigint[]> {
  for (let high = head; high >= low; ) {
    signal.throwIfAborted();
    const from = high;
    const { seqs, done, reached } = await boundedRead(async (tx) =>
      walkPositions(tx, await find(tx), { low, high: from, older: true }, STEP),
    );
    if (seqs.length > 0) yield seqs;
    const full = seqs.length >= STEP;
    if (done && !full) return;
    const last = full ? seqs[seqs.length - 1]! : reached;
    if (last !== null) high = last - 1n;
  }
}

export async function countAll(find: (tx: Tx) => Promise<Search>, head: bigint, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const seqs of walkAll(find, head, signal)) count += seqs.length;
  return count;
}

/** The same positions, at most so many at a time. */
export function* inParts<T>(all: readonly T[], most: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}

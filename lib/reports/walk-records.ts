import 'server-only';
import { matchArchived, sayUnlooked, type Unlooked } from '@/lib/archive/match-archived';
import { LEAF } from '@/lib/archive/segments';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { searchRecords } from '@/lib/ledger/search-records';
import { RefusalError } from '@/lib/schema/errors';
import type { RecordFilter } from '@/lib/schema/filters';
import { walkAll } from './walk-all';

/** Positions of one leaf: 32 KiB, however many there are. */
class LeafSet {
  readonly #bits = new Uint8Array(Number(LEAF) / 8);
  readonly #low: bigint;
  count = 0;

  constructor(low: bigint) {
    this.#low = low;
  }

  add(seq: bigint): void {
    const at = Number(seq - this.#low);
    const bit = 1 << (at & 7);
    if ((this.#bits[at >> 3]! & bit) !== 0) return;
    this.#bits[at >> 3]! |= bit;
    this.count++;
  }

  /** Newest first, at most so many at a time. */
  *newest(most: number): Generator<bigint[]> {
    let part: bigint[] = [];
    for (let at = Number(LEAF) - 1; at >= 0; at--) {
      if ((this.#bits[at >> 3]! & (1 << (at & 7))) === 0) continue;
      part.push(this.#low + BigInt(at));
      if (part.length < most) continue;
      yield part;
      part = [];
    }
    if (part.length > 0) yield part;
  }
}

/** What matches in the archive is found once, and remembered for the rows: by the low end of its leaf. */
interface Archived {
  seqs: LeafSet | null;
  /** The last segment that was looked through. */
  last: bigint;
}

/**
 * Every record that a filter finds up to a position, wherever its body lies: in the database by its columns, in the archive by the same filter over verified bodies. Leaf
 * by leaf, newest first; in memory are 32 KiB a leaf in which something archived matches.
 */
export class RecordWalk {
  readonly #ledger: LedgerRow;
  readonly #filter: RecordFilter;
  readonly #head: bigint;
  readonly #signal: AbortSignal;
  readonly #archived = new Map<bigint, Archived>();
  /** What lies in the archive and is not what was archived: nobody can say what in it matches. */
  readonly unlooked: Unlooked[] = [];

  constructor(ledger: LedgerRow, filter: RecordFilter, head: bigint, signal: AbortSignal) {
    this.#ledger = ledger;
    this.#filter = filter;
    this.#head = head;
    this.#signal = signal;
  }

  /** @throws RefusalError archive_refused where an archive does not answer: no list is made with holes in it */
  async count(): Promise<number> {
    let count = 0;
    for (const low of this.#leaves()) count += (await this.#leaf(low)).count;
    return count;
  }

  /** The same positions, and those that came under the filter's reach since: at most so many at a time. @throws as {@link count} */
  async *positions(most: number): AsyncGenerator<bigint[]> {
    for (const low of this.#leaves()) yield* (await this.#leaf(low)).newest(most);
  }

  *#leaves(): Generator<bigint> {
    for (let low = (this.#head / LEAF) * LEAF; low >= 0n; low -= LEAF) yield low;
  }

  async #leaf(low: bigint): Promise<LeafSet> {
    const high = low + LEAF - 1n < this.#head ? low + LEAF - 1n : this.#head;
    const found = new LeafSet(low);
    const search = searchRecords(this.#ledger, this.#filter);
    for await (const seqs of walkAll(async () => search, high, this.#signal, low)) for (const seq of seqs) found.add(seq);
    // Afterwards: what left the database while it was searched is in a segment by now.
    const known = this.#archived.get(low) ?? { seqs: null, last: 0n };
    const { seqs, unlooked, last } = await matchArchived(this.#ledger, this.#filter, { low, high }, this.#signal, known.last);
    const silent = unlooked.filter(({ state }) => state === 'unreachable');
    if (silent.length > 0) throw new RefusalError('archive_refused', `No report is made with holes in it: ${sayUnlooked(silent)}`);
    this.unlooked.push(...unlooked);
    if (seqs.length > 0) {
      known.seqs ??= new LeafSet(low);
      for (const seq of seqs) known.seqs.add(seq);
    }
    this.#archived.set(low, { seqs: known.seqs, last });
    if (known.seqs !== null) for (const part of known.seqs.newest(10_000)) for (const seq of part) found.add(seq);
    return found;
  }
}

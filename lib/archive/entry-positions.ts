import { equalBytes, toHex } from '@/lib/chain/bytes';
import { CompactRange } from '@/lib/chain/compact-range';
import { genesisHash } from '@/lib/chain/entry-hash';
import { leafHash } from '@/lib/chain/merkle';
import { nodeSha256 } from '@/lib/ledger/node-sha256';

/** Of positions. Small, so that one entry far from all others takes little more memory than it came with. */
const BLOCK = 256;
const HASH = 32;

/** Hashes of entries by their positions, in blocks: some 64 bytes an entry, wherever in a ledger they stand. */
export class Positions {
  readonly #blocks = new Map<bigint, { there: Uint8Array; integrity: Buffer; previous: Buffer }>();

  /** False where the position is taken. */
  add(seq: bigint, previousHash: Uint8Array, integrityHash: Uint8Array): boolean {
    const name = seq / BigInt(BLOCK);
    let block = this.#blocks.get(name);
    if (block === undefined) {
      block = { there: new Uint8Array(BLOCK), integrity: Buffer.alloc(BLOCK * HASH), previous: Buffer.alloc(BLOCK * HASH) };
      this.#blocks.set(name, block);
    }
    const at = Number(seq % BigInt(BLOCK));
    if (block.there[at] === 1) return false;
    block.there[at] = 1;
    block.integrity.set(integrityHash, at * HASH);
    block.previous.set(previousHash, at * HASH);
    return true;
  }

  integrityOf(seq: bigint): Uint8Array | null {
    return this.#read(seq, 'integrity');
  }

  #read(seq: bigint, which: 'integrity' | 'previous'): Uint8Array | null {
    if (seq < 0n) return null;
    const block = this.#blocks.get(seq / BigInt(BLOCK));
    const at = Number(seq % BigInt(BLOCK));
    return block === undefined || block.there[at] === 0 ? null : block[which].subarray(at * HASH, at * HASH + HASH);
  }

  /** Where entries of two segments are neighbours and do not follow each other; within one it was looked at. */
  *links(origin: string): Generator<string> {
    for (const name of [...this.#blocks.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      for (let at = 0; at < BLOCK; at++) {
        const seq = name * BigInt(BLOCK) + BigInt(at);
        const previous = this.#read(seq, 'previous');
        if (previous === null) continue;
        const before = seq === 0n ? genesisHash(origin, nodeSha256) : this.integrityOf(seq - 1n);
        if (before !== null && !equalBytes(before, previous))
          yield `entry ${seq} does not follow ${seq === 0n ? 'from the ledger’s name' : `entry ${seq - 1n}`}`;
      }
    }
  }
}

/** The tree over the first entries that are there without a gap, against the checkpoints within. */
export function compareTree(
  positions: Positions,
  checkpoints: ReadonlyMap<bigint, Uint8Array>,
): { whole: bigint; roots: { compared: number; apart: number }; faults: string[] } {
  const found = { whole: 0n, roots: { compared: 0, apart: 0 }, faults: [] as string[] };
  const range = new CompactRange(nodeSha256);
  for (let seq = 0n; ; seq++) {
    const root = checkpoints.get(seq);
    if (root !== undefined && seq > 0n) {
      found.roots.compared++;
      if (!equalBytes(range.root(), root)) {
        found.roots.apart++;
        found.faults.push(`the tree over the first ${seq} entries has not the root ${toHex(root)} that was signed`);
      }
    }
    const integrity = positions.integrityOf(seq);
    if (integrity === null) return { ...found, whole: seq };
    range.append(leafHash(integrity, nodeSha256));
  }
}

import 'server-only';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import type { CompactRange } from '@/lib/chain/compact-range';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { nodeHash } from '@/lib/chain/merkle';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { CHUNK_HEIGHT, CHUNK_SIZE } from './chunk-leaves';
import type { ChunkTree } from './chunk-tree';
import { mismatch } from './compare-tiles';

/** What the tree of a run came to. */
export interface TreeFindings {
  /** Checkpoints of the present incarnation, and of those before it, whose roots were computed anew and compared. */
  rootsCompared: bigint;
  /** Checkpoints whose root could not be computed, since an entry below their size is missing and no tile tells its hash. */
  rootsUnknown: bigint;
  /** Of the compared: those that another root was signed for. */
  rootsApart: bigint;
  /** Checkpoints of incarnations that a person has settled and that say otherwise. */
  settledApart: bigint;
  elsewhereCompared: number;
  elsewhereApart: number;
  tilesCompared: number;
  tileBreaks: number;
  /** Root over all entries of the run and before it; null where it could not be computed. */
  root: Uint8Array | null;
  size: bigint;
}

export interface TreeWalkTask {
  ledgerId: number;
  /** The number of the present incarnation, and those before it whose end somebody has settled. */
  incarnation: number;
  settled: ReadonlySet<number>;
  /** Whether the walk begins at entry 0: tiles of levels 2 and up are compared only then. */
  whole: boolean;
  coveredSize: bigint;
  onBreaks(breaks: ChainBreak[]): void;
}

/**
 * Puts the trees of chunks together in their order, and compares the root at the size of every checkpoint with the one that was signed. The state is one
 * hash for each bit of the size, and one open tile for each level above the chunks.
 */
export class TreeWalk {
  readonly #task: TreeWalkTask;
  #outer: CompactRange | null;
  #next: bigint;
  readonly #waiting = new Map<bigint, ChunkTree>();
  /** By incarnation: the first checkpoint of a row of them that do not agree, and how many there are. */
  readonly #apart = new Map<number, Apart>();
  /** Level 2 and up: hashes of the tile that is being filled. */
  readonly #tiles: Uint8Array[][] = [];
  readonly #found: TreeFindings = {
    rootsCompared: 0n,
    rootsUnknown: 0n,
    rootsApart: 0n,
    settledApart: 0n,
    elsewhereCompared: 0,
    elsewhereApart: 0,
    tilesCompared: 0,
    tileBreaks: 0,
    root: null,
    size: 0n,
  };

  /** @param start of the first chunk; @param before the tree of everything before it, null where that is not known. */
  constructor(task: TreeWalkTask, start: bigint, before: CompactRange | null) {
    this.#task = task;
    this.#outer = before;
    this.#next = start;
  }

  /** Chunks end in any order; each waits for those before it. */
  async add(tree: ChunkTree): Promise<void> {
    this.#waiting.set(tree.start, tree);
    for (;;) {
      const next = this.#waiting.get(this.#next);
      if (next === undefined) return;
      this.#waiting.delete(this.#next);
      this.#next += BigInt(CHUNK_SIZE);
      await this.#pass(next);
    }
  }

  finish(): TreeFindings {
    for (const incarnation of [...this.#apart.keys()]) this.#tellApart(incarnation);
    this.#found.root = this.#outer?.root() ?? null;
    this.#found.size = this.#outer?.size ?? 0n;
    return this.#found;
  }

  async #pass(tree: ChunkTree): Promise<void> {
    this.#found.tilesCompared += tree.tilesCompared;
    this.#found.tileBreaks += tree.tileBreaks;
    this.#compareRoots(tree);
    if (this.#outer === null || tree.frontier === null) {
      this.#outer = null;
      return;
    }
    let place = 0;
    for (let height = CHUNK_HEIGHT; height >= 0; height--)
      if (((tree.count >> height) & 1) === 1) this.#outer.appendSubtree(height, tree.frontier[place++]);
    if (tree.count === CHUNK_SIZE && this.#task.whole) await this.#fillTile(2, tree.start / BigInt(CHUNK_SIZE), tree.frontier[0]);
  }

  #compareRoots({ claims }: ChunkTree): void {
    const left = this.#outer?.hashes().reverse();
    for (let i = 0; i < claims.sizes.length; i++) {
      if (left === undefined || claims.known[i] === 0) {
        this.#found.rootsUnknown += claims.counts[i];
        continue;
      }
      const at = (bytes: Uint8Array) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      const root = left.reduce((right, hash) => nodeHash(hash, right, nodeSha256), at(claims.inner));
      this.#compare(
        { size: claims.sizes[i], number: claims.numbers[i], count: claims.counts[i], root: at(claims.roots) },
        claims.incarnations[i],
        root,
      );
    }
  }

  #compare(claim: Claim, incarnation: number, root: Uint8Array): void {
    const agrees = equalBytes(claim.root, root);
    if (claim.number === 0n) {
      this.#compareElsewhere(claim, incarnation, agrees, root);
      return;
    }
    this.#found.rootsCompared += claim.count;
    if (agrees) {
      this.#tellApart(incarnation);
      return;
    }
    if (this.#task.settled.has(incarnation)) {
      this.#found.settledApart += claim.count;
      return;
    }
    this.#found.rootsApart += claim.count;
    const apart = this.#apart.get(incarnation);
    if (apart === undefined)
      this.#apart.set(incarnation, {
        first: { ...claim, root: Uint8Array.from(claim.root) },
        found: root,
        count: claim.count,
        last: claim,
      });
    else {
      apart.count += claim.count;
      apart.last = { ...claim, root: apart.first.root };
    }
  }

  #compareElsewhere(claim: Claim, incarnation: number, agrees: boolean, root: Uint8Array): void {
    if (incarnation === 0) this.#found.elsewhereCompared++;
    if (agrees) return;
    if (this.#task.settled.has(incarnation)) {
      this.#found.settledApart++;
      return;
    }
    if (incarnation === 0) this.#found.elsewhereApart++;
    const who = incarnation === 0 ? 'the signer’s memory' : `signed last by incarnation ${incarnation}`;
    const code = incarnation === 0 ? 'root_mismatch' : 'checkpoint_inconsistent';
    const expected = `${toHex(claim.root)} (${who}, ${claim.size} entries)`;
    this.#task.onBreaks([{ seq: claim.size - 1n, recordId: null, code, expected, found: toHex(root) }]);
  }

  /** A row of checkpoints that do not agree is one break at the first of them: what follows an altered entry cannot agree either. */
  #tellApart(incarnation: number): void {
    const apart = this.#apart.get(incarnation);
    if (apart === undefined) return;
    this.#apart.delete(incarnation);
    const { first, found, count, last } = apart;
    const more = count === 1n ? '' : `; ${count} checkpoints up to ${last.size} entries`;
    const present = incarnation === this.#task.incarnation;
    const which = present ? `checkpoint ${first.number}` : `checkpoint ${first.number} of incarnation ${incarnation}`;
    const expected = `${toHex(first.root)} (${which} over ${first.size} entries${more})`;
    this.#task.onBreaks([
      { seq: first.size - 1n, recordId: null, code: present ? 'root_mismatch' : 'checkpoint_inconsistent', expected, found: toHex(found) },
    ]);
  }

  /** A tile of level 2 covers 16,777,216 entries. */
  async #fillTile(level: number, index: bigint, root: Uint8Array): Promise<void> {
    const open = this.#tiles[level] ?? [];
    this.#tiles[level] = open;
    open.push(root);
    if (open.length < 256) return;
    this.#tiles[level] = [];
    const tile = index / 256n;
    const { ledgerId, coveredSize, onBreaks } = this.#task;
    const { rows } = await pool('verification').query<{ root: Buffer; hashes: Buffer }>(
      'SELECT root, hashes FROM tree_tiles WHERE ledger_id = $1 AND level = $2 AND tile = $3',
      [ledgerId, level, String(tile)],
    );
    const width = 256n ** BigInt(level + 1);
    let row = open;
    while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i], row[2 * i + 1], nodeSha256));
    const tell = (expected: string, found: string) => {
      this.#found.tileBreaks++;
      onBreaks([mismatch(tile * width, `tile ${level}/${tile}${expected}`, found)]);
    };
    if (rows.length === 0 && (tile + 1n) * width <= coveredSize) tell('', 'no tile');
    for (const stored of rows) {
      this.#found.tilesCompared++;
      if (!equalBytes(Buffer.concat(open), stored.hashes)) tell(': other hashes', toHex(nodeSha256(stored.hashes)));
      else if (!equalBytes(row[0], stored.root)) tell(`, root: ${toHex(row[0])}`, toHex(stored.root));
    }
    await this.#fillTile(level + 1, tile, row[0]);
  }
}

interface Claim {
  size: bigint;
  number: bigint;
  count: bigint;
  root: Uint8Array;
}
interface Apart {
  first: Claim;
  /** The root over the entries at the first one's size. */
  found: Uint8Array;
  count: bigint;
  last: Claim;
}

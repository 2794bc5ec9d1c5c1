import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { leafHash, walkInclusion } from '@/lib/chain/merkle';
import { proveInclusion, type TileId, type TileReader } from '@/lib/chain/tiles';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import { mismatch } from './compare-tiles';
import type { ProofState } from './read-proof-state';

/** Proves records of one conversation under the newest checkpoint, as somebody outside would: by paths through the tiles. */
export class InclusionProver {
  readonly #checkpoint: NonNullable<ProofState['newest']>;
  readonly #tiles: TileReader;
  proven = 0;
  failed = 0;
  /** Behind the checkpoint: the next one covers them. */
  later = 0;

  constructor(ledgerId: number, checkpoint: NonNullable<ProofState['newest']>) {
    this.#checkpoint = checkpoint;
    this.#tiles = remembering(dbTiles(ledgerId));
  }

  async prove(seq: bigint, integrityHash: Uint8Array): Promise<ChainBreak[]> {
    const { number, size, root } = this.#checkpoint;
    if (seq >= size) {
      this.later++;
      return [];
    }
    let found = 'no path: tiles are missing';
    try {
      const leaf = leafHash(integrityHash, nodeSha256);
      const proof = await proveInclusion(this.#tiles, seq, size, nodeSha256);
      const nodes = walkInclusion({ index: seq, size, leafHash: leaf, proof }, nodeSha256);
      const reached = nodes === null ? null : (nodes.at(-1)?.hash ?? leaf);
      if (reached !== null && root.equals(reached)) {
        this.proven++;
        return [];
      }
      if (reached !== null) found = `${toHex(reached)}, by the path from this entry`;
    } catch (error) {
      // Tiles that are not there, or are none; anything else is the database's, and fails the run.
      if (!(error instanceof RangeError) && !(error instanceof TreeDamaged)) throw error;
    }
    this.failed++;
    return [mismatch(seq, `${toHex(root)} (checkpoint ${number} over ${size} entries)`, found)];
  }
}

const KEPT_TILES = 512;

/** Neighbours in a ledger share most of their path. */
function remembering(reader: TileReader): TileReader {
  const kept = new Map<string, Promise<Uint8Array>>();
  const read = (id: TileId): Promise<Uint8Array> => {
    const key = `${id.level}/${id.tile}/${id.width}`;
    let tile = kept.get(key);
    if (tile === undefined) {
      tile = reader.readTiles([id]).then(([bytes]) => bytes);
      if (kept.size >= KEPT_TILES) kept.delete(kept.keys().next().value as string);
      kept.set(key, tile);
    }
    return tile;
  };
  return { readTiles: (wanted) => Promise.all(wanted.map(read)) };
}

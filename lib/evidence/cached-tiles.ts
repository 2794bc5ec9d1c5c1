import 'server-only';
import type { TileId, TileReader } from '@/lib/chain/tiles';

const MOST_TILES = 2_000;

/** Neighbours share nearly all of the tiles of their proofs: what was read is kept, the oldest forgotten first (16 MB at the most). */
export function cachedTiles(reader: TileReader): TileReader {
  const known = new Map<string, Uint8Array>();
  const name = ({ level, tile, width }: TileId) => `${level}/${tile}/${width}`;
  return {
    async readTiles(wanted) {
      const missing = wanted.filter((one) => !known.has(name(one)));
      const read = missing.length === 0 ? [] : await reader.readTiles(missing);
      const fresh = new Map(missing.map((one, i) => [name(one), read[i]!]));
      const tiles = wanted.map((one) => known.get(name(one)) ?? fresh.get(name(one))!);
      for (const [key, tile] of fresh) known.set(key, tile);
      for (const key of known.keys()) {
        if (known.size <= MOST_TILES) break;
        known.delete(key);
      }
      return tiles;
    },
  };
}

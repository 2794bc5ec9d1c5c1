import 'server-only';
import type pg from 'pg';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { TILE_WIDTH, type TileId, type TileReader } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import { hashLeaves } from './hash-tile';

/** A pool, or one connection of it. */
export type Db = Pick<pg.ClientBase, 'query'>;

/** The store does not hold the tree that it should: entries or tiles are missing. */
export class TreeDamaged extends Error {
  override readonly name = 'TreeDamaged';
}

/**
 * The tree of a ledger out of its tables. Full tiles are rows, read by key. A partial one is made when asked for: on level 0 from the last entries, above
 * from the roots of the full tiles below; so is a full one that has not been sealed yet. At most 256 short rows each, at any size.
 * Rejects with TreeDamaged where the rows are not there.
 */
export function dbTiles(ledgerId: number, db: Db = pool('screens')): TileReader {
  return {
    async readTiles(wanted) {
      const found = await readStored(db, ledgerId, wanted);
      return Promise.all(
        wanted.map((one, i) => {
          const bytes = found[i];
          if (bytes?.length !== one.width * HASH_BYTES) return makeTile(db, ledgerId, one);
          return one.level === 0 && one.width < TILE_WIDTH ? hashLeaves(bytes) : bytes;
        }),
      );
    },
  };
}

/** `count` entries from that position on, 32 bytes each. @throws TreeDamaged where one is missing */
export async function readIntegrityHashes(db: Db, ledgerId: number, from: bigint, count: number): Promise<Buffer> {
  const { rows } = await db.query<{ count: number; hashes: Buffer | null }>(
    `SELECT count(*)::int AS count, string_agg(integrity_hash, ''::bytea ORDER BY seq) AS hashes FROM entries WHERE ledger_id = $1 AND seq >= $2 AND seq < $3`,
    [ledgerId, String(from), String(from + BigInt(count))],
  );
  const { count: found, hashes } = rows[0];
  if (found !== count || hashes?.length !== count * HASH_BYTES)
    throw new TreeDamaged(`ledger ${ledgerId} has ${found} of the ${count} entries from ${from} on`);
  return hashes;
}

/** All of them in one question: the row of a full tile; else the integrity hashes, or the roots, that make a partial one. */
async function readStored(db: Db, ledgerId: number, wanted: readonly TileId[]): Promise<(Buffer | null)[]> {
  if (wanted.length === 0) return [];
  const { rows } = await db.query<{ bytes: Buffer | null }>(
    `SELECT CASE
        WHEN w.width = 256 THEN (SELECT t.hashes FROM tree_tiles t WHERE t.ledger_id = $1 AND t.level = w.level AND t.tile = w.tile)
        WHEN w.level = 0 THEN (SELECT string_agg(e.integrity_hash, ''::bytea ORDER BY e.seq) FROM entries e
            WHERE e.ledger_id = $1 AND e.seq >= w.tile * 256 AND e.seq < w.tile * 256 + w.width)
        ELSE (SELECT string_agg(t.root, ''::bytea ORDER BY t.tile) FROM tree_tiles t
            WHERE t.ledger_id = $1 AND t.level = w.level - 1 AND t.tile >= w.tile * 256 AND t.tile < w.tile * 256 + w.width)
      END AS bytes
     FROM unnest($2::smallint[], $3::bigint[], $4::int[]) WITH ORDINALITY AS w (level, tile, width, place) ORDER BY w.place`,
    [ledgerId, wanted.map(({ level }) => level), wanted.map(({ tile }) => String(tile)), wanted.map(({ width }) => width)],
  );
  return rows.map(({ bytes }) => bytes);
}

async function makeTile(db: Db, ledgerId: number, { level, tile, width }: TileId): Promise<Buffer> {
  const first = tile * BigInt(TILE_WIDTH);
  return level === 0 ? hashLeaves(await readIntegrityHashes(db, ledgerId, first, width)) : readRoots(db, ledgerId, level - 1, first, width);
}

/** Roots of `count` full tiles of a level, one after another. */
export async function readRoots(db: Db, ledgerId: number, level: number, from: bigint, count: number): Promise<Buffer> {
  const { rows } = await db.query<{ count: number; hashes: Buffer | null }>(
    `SELECT count(*)::int AS count, string_agg(root, ''::bytea ORDER BY tile) AS hashes FROM tree_tiles
      WHERE ledger_id = $1 AND level = $2 AND tile >= $3 AND tile < $4`,
    [ledgerId, level, String(from), String(from + BigInt(count))],
  );
  const { count: found, hashes } = rows[0];
  if (found !== count || hashes === null)
    throw new TreeDamaged(`ledger ${ledgerId} has ${found} of the ${count} tiles of level ${level} from ${from} on`);
  return hashes;
}

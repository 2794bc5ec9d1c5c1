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
      const sealed = await readSealed(
        db,
        ledgerId,
        wanted.filter(({ width }) => width === TILE_WIDTH),
      );
      return Promise.all(wanted.map((one) => sealed.get(nameOf(one)) ?? makeTile(db, ledgerId, one)));
    },
  };
}

/** The tree from entries alone, level by level: for when tiles are not to be believed. Reads everything below what is asked for. */
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

async function readSealed(db: Db, ledgerId: number, wanted: readonly TileId[]): Promise<Map<string, Buffer>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await db.query<{ level: number; tile: string; hashes: Buffer }>(
    `SELECT t.level, t.tile, t.hashes FROM unnest($2::smallint[], $3::bigint[]) AS w (level, tile)
       JOIN tree_tiles t ON t.ledger_id = $1 AND t.level = w.level AND t.tile = w.tile`,
    [ledgerId, wanted.map(({ level }) => level), wanted.map(({ tile }) => String(tile))],
  );
  return new Map(rows.map((row) => [nameOf({ level: row.level, tile: BigInt(row.tile) }), row.hashes]));
}

function nameOf({ level, tile }: Pick<TileId, 'level' | 'tile'>): string {
  return `${level}/${tile}`;
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

import 'server-only';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { TILE_WIDTH } from '@/lib/chain/tiles';
import { hashLeaves, hashTile } from './hash-tile';
import { type Db, readIntegrityHashes, readRoots } from './read-tree';

/** Tiles of level 0 in one call: 4,096 entries, some 6 ms of hashing, 128 kB from the database. */
const STEP_TILES = 16;
const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Levels that a table of up to 2^63 entries can fill. */
const LEVELS = 8;

/**
 * Makes the tiles that the entries below `size` fill, from where the last ones end, at most `mostEntries` of them. Reads integrity hashes alone, in
 * steps of constant memory; between two of them the process does other things.
 *
 * Any process may do this at any time, also two at once, and be killed anywhere: what is sealed follows from the entries, the database takes tiles in
 * order and whole, and one that stands is not made again.
 * @returns how many entries lie under full tiles of level 0; `done`: no tile is left to make below `size`.
 * @throws TreeDamaged where an entry is missing.
 */
export async function sealTree(db: Db, ledgerId: number, size: bigint, mostEntries = 262_144): Promise<{ sealed: bigint; done: boolean }> {
  const counts = await countTiles(db, ledgerId);
  const full = size / BigInt(TILE_WIDTH);
  const most = counts[0] + BigInt(Math.max(1, Math.floor(mostEntries / TILE_WIDTH)));
  const target = full < most ? full : most;
  while (counts[0] < target) {
    const left = target - counts[0];
    await sealLeaves(db, ledgerId, counts[0], left < BigInt(STEP_TILES) ? Number(left) : STEP_TILES);
    counts[0] += left < BigInt(STEP_TILES) ? left : BigInt(STEP_TILES);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  for (let level = 1; level < LEVELS; level++) {
    // Tiles that a cut-off end has left beyond `size` make none above them.
    const most = size >> BigInt(8 * (level + 1));
    while (counts[level] < counts[level - 1] / BigInt(TILE_WIDTH) && counts[level] < most) {
      const hashes = await readRoots(db, ledgerId, level - 1, counts[level] * BigInt(TILE_WIDTH), TILE_WIDTH);
      await keepTiles(db, ledgerId, level, counts[level], hashes);
      counts[level]++;
    }
  }
  return { sealed: counts[0] * BigInt(TILE_WIDTH), done: target === full };
}

/** How many full tiles each level has. */
async function countTiles(db: Db, ledgerId: number): Promise<bigint[]> {
  const { rows } = await db.query<{ count: string }>(
    `SELECT coalesce((SELECT t.tile FROM tree_tiles t WHERE t.ledger_id = $1 AND t.level = l ORDER BY t.tile DESC LIMIT 1) + 1, 0) AS count
       FROM generate_series(0, ${LEVELS - 1}) AS l ORDER BY l`,
    [ledgerId],
  );
  return rows.map((row) => BigInt(row.count));
}

async function sealLeaves(db: Db, ledgerId: number, first: bigint, tiles: number): Promise<void> {
  await keepTiles(
    db,
    ledgerId,
    0,
    first,
    hashLeaves(await readIntegrityHashes(db, ledgerId, first * BigInt(TILE_WIDTH), tiles * TILE_WIDTH)),
  );
}

/**
 * Nobody waits for the disk: tiles can be made again, and the commit of the checkpoint over them, which is waited for, takes them along.
 * @param hashes of full tiles one after another. They travel as they are and are parted there: an array of them would travel as text, twice as long.
 */
async function keepTiles(db: Db, ledgerId: number, level: number, first: bigint, hashes: Buffer): Promise<void> {
  const count = hashes.length / TILE_BYTES;
  const roots = Array.from({ length: count }, (_, i) => hashTile(hashes.subarray(i * TILE_BYTES, (i + 1) * TILE_BYTES)));
  await db.query(
    `SELECT seal_tiles($1::int, array_agg($2::smallint ORDER BY i), array_agg($3::bigint + i ORDER BY i),
            array_agg(substring($4::bytea FROM i * ${HASH_BYTES} + 1 FOR ${HASH_BYTES}) ORDER BY i),
            array_agg(substring($5::bytea FROM i * ${TILE_BYTES} + 1 FOR ${TILE_BYTES}) ORDER BY i))
       FROM generate_series(0, $6::int - 1) AS i, (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried`,
    [ledgerId, level, String(first), Buffer.concat(roots), hashes, count],
  );
}

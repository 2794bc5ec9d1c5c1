import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@/lib/chain/bytes';
import { proveConsistency, proveInclusion, treeRoot } from '@/lib/chain/tiles';
import { closeDatabase, pool } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { NaiveTree } from '@/lib/testing/naive-tree';
import { hashLeaves, hashTile } from './hash-tile';
import { nodeSha256 } from './node-sha256';
import { dbTiles, TreeDamaged } from './read-tree';
import { sealTree } from './seal-tree';

const SIZE = 66_053;
const data = Array.from({ length: SIZE }, (_, i) => nodeSha256(Buffer.from(`entry ${i}`)));
const naive = new NaiveTree(data);
let db: TestDatabase;
let sealed: number;
let unsealed: number;

async function fill(ledger: number): Promise<void> {
  await asAdmin(db.adminUrl, (client) =>
    client.query(
      `INSERT INTO entries SELECT $1, s, gen_random_uuid(), 0, 0, sha256(''), sha256(''), sha256(''), sha256(convert_to('entry ' || s, 'UTF8'))
         FROM generate_series(0, $2::bigint - 1) AS s`,
      [ledger, SIZE],
    ),
  );
}

beforeAll(async () => {
  db = await freshDatabase();
  sealed = db.ledgers.main;
  unsealed = db.ledgers.access;
  await fill(sealed);
  await fill(unsealed);
  const steps: boolean[] = [];
  do steps.push((await sealTree(pool('signer'), sealed, BigInt(SIZE), 20_000)).done);
  while (!steps.at(-1));
  expect(steps).toHaveLength(4);
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

const sizes = fc.oneof(
  fc.constantFrom(0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, SIZE),
  fc.integer({ min: 0, max: SIZE }),
);
const hex = (hashes: Uint8Array[]) => hashes.map(toHex);

describe('the tree out of the tables', () => {
  it('has the roots and gives the proofs of RFC 6962, written down a second time, at every size that it ever had', async () => {
    const tiles = dbTiles(sealed);
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, a, b) => {
        expect(toHex(await treeRoot(tiles, BigInt(size), nodeSha256))).toBe(toHex(naive.root(size)));
        if (size === 0) return;
        const [index, earlier] = [a % size, b % (size + 1)];
        expect(hex(await proveInclusion(tiles, BigInt(index), BigInt(size), nodeSha256))).toEqual(hex(naive.path(index, 0, size)));
        expect(hex(await proveConsistency(tiles, BigInt(earlier), BigInt(size), nodeSha256))).toEqual(hex(naive.proof(earlier, size)));
      }),
      { numRuns: 60 },
    );
  });

  it('is there before anything is sealed, as far as one level goes, and says so where tiles are missing', async () => {
    const tiles = dbTiles(unsealed);
    const [tile] = await tiles.readTiles([{ level: 0, tile: 3n, width: 256 }]);
    expect(toHex(tile)).toBe(toHex(naive.tile({ level: 0, tile: 3n, width: 256 })));
    await expect(tiles.readTiles([{ level: 1, tile: 0n, width: 5 }])).rejects.toThrow(TreeDamaged);
    await expect(tiles.readTiles([{ level: 0, tile: 259n, width: 1 }])).rejects.toThrow(TreeDamaged);
    await expect(tiles.readTiles([{ level: 0, tile: 258n, width: 6 }])).rejects.toThrow(TreeDamaged);
  });

  it('asks the database once for a proof, however many tiles it needs', async () => {
    let asked = 0;
    const counting = {
      query: (...args: unknown[]) => {
        asked++;
        return Reflect.apply(pool('screens').query, pool('screens'), args);
      },
    };
    await proveInclusion(dbTiles(sealed, counting as never), 70n, BigInt(SIZE), nodeSha256);
    expect(asked).toBe(1);
  });
});

describe('sealing', () => {
  it('makes each full tile of each level once, by two processes at once as by one', async () => {
    await Promise.all([
      sealTree(pool('screens'), unsealed, BigInt(SIZE)),
      sealTree(pool('verification'), unsealed, BigInt(SIZE)),
      sealTree(pool('signer'), unsealed, BigInt(SIZE)),
    ]);
    const { rows } = await asAdmin(db.adminUrl, (client) =>
      client.query<{ level: number; tile: string; root: Buffer; hashes: Buffer }>(
        'SELECT level, tile, root, hashes FROM tree_tiles WHERE ledger_id = $1',
        [unsealed],
      ),
    );
    expect(rows).toHaveLength(258 + 1);
    for (const { level, tile, root, hashes } of rows.filter((_, i) => i % 37 === 0 || i > 256)) {
      const own = naive.tile({ level, tile: BigInt(tile), width: 256 });
      expect(hashes.equals(own)).toBe(true);
      expect(root.equals(hashTile(own))).toBe(true);
    }
    expect(toHex(await treeRoot(dbTiles(unsealed), BigInt(SIZE), nodeSha256))).toBe(toHex(naive.root(SIZE)));
  });

  it('stops where an entry is missing: no tile is made over a gap', async () => {
    await asAdmin(db.adminUrl, async (client) => {
      await client.query('ALTER TABLE entries DISABLE TRIGGER ALL');
      await client.query("SELECT create_ledger('gap', 'test.example/ledgers/gap', 'agents', 'Gap', false)");
      await client.query(
        `INSERT INTO entries SELECT (SELECT id FROM ledgers WHERE slug = 'gap'), s, gen_random_uuid(), 0, 0, sha256(''), sha256(''), sha256(''), sha256('')
           FROM generate_series(0, 999) AS s WHERE s <> 700`,
      );
      await client.query('ALTER TABLE entries ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
      const { rows } = await client.query("SELECT id FROM ledgers WHERE slug = 'gap'");
      await expect(sealTree(pool('signer'), rows[0].id, 1000n)).rejects.toThrow(TreeDamaged);
    });
  });
});

it('hashes leaves and tiles as the tree of RFC 6962 does', () => {
  const leaves = hashLeaves(Buffer.concat(data.slice(0, 256)));
  expect(leaves.equals(Buffer.from(naive.tile({ level: 0, tile: 0n, width: 256 })))).toBe(true);
  expect(toHex(hashTile(leaves))).toBe(toHex(naive.root(256)));
});

import { existsSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NaiveTree, nodeSha256, numberedLeaves } from '@/lib/testing/naive-tree';
import { haveVectors, VECTORS, vector } from '@/lib/testing/vectors';
import { toHex, utf8 } from './bytes';
import { CompactRange } from './compact-range';
import { leafHash, nodeHash, verifyConsistency, verifyInclusion } from './merkle';
import {
  entryBundle,
  parseEntryBundle,
  parseTilePath,
  proveConsistency,
  proveInclusion,
  readCompactRange,
  type TileId,
  type TileReader,
  tilePath,
  tileRoot,
  tileWidth,
  treeRoot,
} from './tiles';
import { parseVerifierKey } from './verifier-key';
import { openCheckpoint } from './verify-note';

const SIZES = [0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537];
const TREE = new NaiveTree(numberedLeaves(65_537));
const READER = TREE.reader();
const hex = (hashes: Uint8Array[]) => hashes.map(toHex);

/** Positions at which something begins or ends, in a tree of that size. */
function placesIn(size: number): number[] {
  const around = [0, 1, 2, 127, 128, 254, 255, 256, 257, 511, 32_767, 32_768, 65_279, 65_280, 65_534, 65_535, 65_536, size - 2, size - 1];
  return [...new Set(around)].filter((place) => place >= 0 && place < size);
}

describe('tiles', () => {
  it('give the root of every size', async () => {
    for (const size of SIZES) {
      expect(toHex(await treeRoot(READER, BigInt(size), nodeSha256)), `${size}`).toBe(toHex(TREE.root(size)));
      const range = await readCompactRange(READER, BigInt(size), nodeSha256);
      range.append(TREE.mth(0, 1));
      expect(range.size).toBe(BigInt(size + 1));
    }
  });

  it('give the inclusion proofs of RFC 6962, which verify', async () => {
    for (const size of SIZES)
      for (const index of placesIn(size)) {
        const proof = await proveInclusion(READER, BigInt(index), BigInt(size), nodeSha256);
        expect(hex(proof), `${index} of ${size}`).toEqual(hex(TREE.path(index, 0, size)));
        const claim = { index: BigInt(index), size: BigInt(size), leafHash: TREE.mth(index, index + 1), proof, root: TREE.root(size) };
        expect(verifyInclusion(claim, nodeSha256)).toBe(true);
      }
  });

  it('give the consistency proofs of RFC 6962, which verify', async () => {
    for (const size2 of SIZES)
      for (const size1 of [...placesIn(size2), size2]) {
        const proof = await proveConsistency(READER, BigInt(size1), BigInt(size2), nodeSha256);
        expect(hex(proof), `${size1} to ${size2}`).toEqual(hex(TREE.proof(size1, size2)));
        const claim = { size1: BigInt(size1), root1: TREE.root(size1), size2: BigInt(size2), root2: TREE.root(size2), proof };
        expect(verifyConsistency(claim, nodeSha256)).toBe(true);
      }
  });

  it('prove any leaf and any earlier tree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 65_537 }), fc.nat(), async (size, place) => {
        const index = place % size;
        expect(hex(await proveInclusion(READER, BigInt(index), BigInt(size), nodeSha256))).toEqual(hex(TREE.path(index, 0, size)));
        expect(hex(await proveConsistency(READER, BigInt(index), BigInt(size), nodeSha256))).toEqual(hex(TREE.proof(index, size)));
      }),
      { numRuns: 50 },
    );
  });

  it('refuse what no tree has', async () => {
    for (const [index, size] of [
      [0n, 0n],
      [1n, 1n],
      [-1n, 5n],
      [0n, -1n],
      [0n, 1n << 63n],
    ])
      await expect(proveInclusion(READER, index, size)).rejects.toThrow(RangeError);
    for (const [size1, size2] of [
      [-1n, 5n],
      [6n, 5n],
      [0n, 1n << 63n],
    ])
      await expect(proveConsistency(READER, size1, size2)).rejects.toThrow(RangeError);
    await expect(treeRoot(READER, -1n)).rejects.toThrow(RangeError);
  });

  it('are as wide as the specification says in a tree of 70,000', () => {
    const widths = (level: number, from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => tileWidth(level, BigInt(from + i), 70_000n));
    expect(widths(0, 0, 275)).toEqual([...Array(273).fill(256), 112, 0]);
    expect(widths(1, 0, 3)).toEqual([256, 17, 0]);
    expect(widths(2, 0, 2)).toEqual([1, 0]);
    expect(tileWidth(3, 0n, 70_000n)).toBe(0);
    expect([tileWidth(0, 0n, 256n), tileWidth(1, 0n, 256n)]).toEqual([256, 1]);
  });

  it('that are not as wide as asked for are refused', async () => {
    const cut: TileReader = { readTiles: async (wanted) => wanted.map((one) => TREE.tile(one).subarray(1)) };
    const fewer: TileReader = { readTiles: async (wanted) => wanted.slice(1).map((one) => TREE.tile(one)) };
    const wider: TileReader = { readTiles: async (wanted) => wanted.map((one) => TREE.tile({ ...one, width: one.width + 1 })) };
    for (const reader of [cut, fewer, wider]) await expect(treeRoot(reader, 257n)).rejects.toThrow(RangeError);
  });

  it('have the root of their hashes', () => {
    expect(toHex(tileRoot(TREE.tile({ level: 0, tile: 0n, width: 256 }), nodeSha256))).toBe(toHex(TREE.root(256)));
    expect(toHex(tileRoot(TREE.tile({ level: 0, tile: 0n, width: 1 })))).toBe(toHex(TREE.root(1)));
    for (const bytes of [0, 31, 33, 96, 512 * 32]) expect(() => tileRoot(new Uint8Array(bytes))).toThrow(RangeError);
  });
});

describe('at ten million entries', () => {
  /** A tree in which every leaf is the same: a subtree of each height has one hash, and a tree of any size can be read. */
  class UniformReader implements TileReader {
    readonly heights: Uint8Array[] = [leafHash(utf8('the same'))];
    calls = 0;
    wanted: TileId[] = [];
    constructor() {
      for (let height = 1; height <= 62; height++) this.heights.push(nodeHash(this.heights[height - 1], this.heights[height - 1]));
    }
    async readTiles(wanted: TileId[]): Promise<Uint8Array[]> {
      this.calls++;
      this.wanted.push(...wanted);
      return wanted.map(({ level, width }) => Buffer.concat(Array(width).fill(this.heights[level * 8])));
    }
    root(size: bigint): Uint8Array {
      const range = new CompactRange(nodeSha256);
      for (let height = 62; height >= 0; height--) if ((size >> BigInt(height)) & 1n) range.appendSubtree(height, this.heights[height]);
      return range.root();
    }
  }

  for (const size of [10_000_000n, 10_000_001n, (1n << 40n) - 1n, (1n << 62n) + 12_345n]) {
    const levels = Math.ceil(size.toString(2).length / 8);
    const places = [0n, 1n, 255n, 256n, 65_536n, size / 3n, size / 2n, size - 257n, size - 2n, size - 1n];

    it(`a proof of ${size} reads at most two tiles of each of ${levels} levels, at once, and each once`, async () => {
      for (const place of places) {
        const one = new UniformReader();
        const proof = await proveInclusion(one, place, size, nodeSha256);
        expect(verifyInclusion({ index: place, size, leafHash: one.heights[0], proof, root: one.root(size) }, nodeSha256)).toBe(true);
        const two = new UniformReader();
        const claim = { size1: place, root1: two.root(place), size2: size, root2: two.root(size) };
        expect(verifyConsistency({ ...claim, proof: await proveConsistency(two, place, size, nodeSha256) }, nodeSha256)).toBe(true);
        const three = new UniformReader();
        expect(toHex(await treeRoot(three, size, nodeSha256))).toBe(toHex(three.root(size)));
        for (const reader of [one, two]) expect(reader.wanted.length).toBeLessThanOrEqual(2 * levels);
        expect(three.wanted.length).toBeLessThanOrEqual(levels);
        for (const { calls, wanted } of [one, two, three]) {
          expect(calls).toBeLessThanOrEqual(1);
          expect(new Set(wanted.map(({ level, tile }) => `${level}/${tile}`)).size).toBe(wanted.length);
          for (const { level, tile, width } of wanted) expect(width).toBe(tileWidth(level, tile, size));
        }
      }
    });
  }

  it('reads the five tiles on the path and on the edge for a proof in the middle', async () => {
    const reader = new UniformReader();
    await proveInclusion(reader, 5_000_000n, 10_000_000n);
    expect(reader.wanted.map(({ level, tile, width }) => tilePath(level, tile, width)).toSorted()).toEqual([
      'tile/0/x019/531',
      'tile/0/x039/062.p/128',
      'tile/1/076',
      'tile/1/152.p/150',
      'tile/2/000.p/152',
    ]);
  });
});

describe('tile paths', () => {
  it('are those of the specification', () => {
    expect(tilePath(0, 1234067n, 256)).toBe('tile/0/x001/x234/067');
    expect(tilePath('entries', 0n, 256)).toBe('tile/entries/000');
    expect(tilePath(63, 999n, 1)).toBe('tile/63/999.p/1');
    expect(tilePath(1, 1000n, 255)).toBe('tile/1/x001/000.p/255');
    expect(parseTilePath('tile/0/x001/x234/067')).toEqual({ level: 0, tile: 1234067n, width: 256 });
  });

  it('come back as they were', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 }));
    const tile = fc.oneof(fc.bigInt({ min: 0n, max: 2000n }), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }));
    fc.assert(
      fc.property(level, tile, fc.integer({ min: 1, max: 256 }), (l, n, width) => {
        expect(parseTilePath(tilePath(l, n, width))).toEqual({ level: l, tile: n, width });
      }),
    );
  });

  it('have one spelling', () => {
    for (const wrong of [
      '',
      'tile/0/0',
      'tile/0/00',
      'tile/0/0000',
      'tile/00/000',
      'tile/01/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/0/x000/001',
      'tile/0/x000/x001/000',
      'tile/0/001/000',
      'tile/0/x001',
      'tile/0/x001/x000',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/257',
      'tile/0/000.p/999',
      'tile/0/000.p/01',
      'tile/0/000.p/',
      'tile/0/000.p',
      'tile/0/000.p/1/',
      'tile/0/000/',
      '/tile/0/000',
      'tile/0/../000',
      'tile/0/000\n',
      'tile/entries/x009/x223/x372/x036/x854/x775/808',
      'tile/data/000',
      'tile/0/X001/000',
      'tile/0/٠٠٠',
    ])
      expect(parseTilePath(wrong), wrong).toBeNull();
  });

  it('that are hostile are null or come back, whatever they hold', () => {
    const piece = fc.constantFrom('tile', '/', 'x', '000', '001', '9', '.p/', 'entries', '0', '63', '%2e', '..', '\0', '255', '999');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const read = parseTilePath(text);
          if (read !== null) expect(tilePath(read.level, read.tile, read.width)).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are not written for what has none', () => {
    expect(() => tilePath(64, 0n, 256)).toThrow(RangeError);
    expect(() => tilePath(0.5, 0n, 256)).toThrow(RangeError);
    for (const tile of [-1n, 1n << 63n]) expect(() => tilePath(0, tile, 256)).toThrow(RangeError);
    for (const width of [0, 257, 1.5]) expect(() => tilePath(0, 0n, width)).toThrow(RangeError);
  });
});

describe('entry bundles', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (leaves) => {
        expect(parseEntryBundle(entryBundle(leaves))?.map(toHex)).toEqual(hex(leaves));
      }),
      { numRuns: 30 },
    );
    const longest = new Uint8Array(65_535).fill(7);
    expect(parseEntryBundle(entryBundle([longest]))?.map((leaf) => leaf.length)).toEqual([65_535]);
  });

  it('that are cut, too long or hostile are refused', () => {
    const bundle = entryBundle([utf8('one'), utf8('two')]);
    for (let length = 0; length < bundle.length; length++)
      if (length !== 5) expect(parseEntryBundle(bundle.subarray(0, length)), `${length}`).toBeNull();
    expect(parseEntryBundle(new Uint8Array(2 * 256))?.length).toBe(256);
    expect(parseEntryBundle(new Uint8Array(2 * 257))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const leaves = parseEntryBundle(bytes);
        if (leaves !== null) expect(toHex(entryBundle(leaves))).toBe(toHex(bytes));
      }),
    );
    expect(() => entryBundle([])).toThrow(RangeError);
    expect(() => entryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
    expect(() => entryBundle(Array.from({ length: 257 }, () => new Uint8Array(1)))).toThrow(RangeError);
  });
});

const LOG = 'tlog-tiles/tessera/testdata/log';
describe.skipIf(!haveVectors(LOG))("another implementation's log", () => {
  const key = () => parseVerifierKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
  const leaves = [
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eit',
    'nain',
    'ten',
    'ileven',
    'twelf',
    'threeten',
    'fourten',
    'fivten',
  ];
  const reader: TileReader = {
    readTiles: async (wanted) => wanted.map(({ level, tile, width }) => vector(`${LOG}/${tilePath(level, tile, width)}`)),
  };

  it('has the roots, bundles and proofs that its checkpoints say', async () => {
    let earlier = { size: 0n, root: await treeRoot(reader, 0n) };
    for (let size = 0; size <= 15; size++) {
      const { checkpoint } = openCheckpoint(vector(`${LOG}/checkpoint.${size}`), [key()], 'example.com/log/testdata');
      expect(checkpoint.size).toBe(BigInt(size));
      expect(toHex(await treeRoot(reader, checkpoint.size))).toBe(toHex(checkpoint.root));
      const claim = { size1: earlier.size, root1: earlier.root, size2: checkpoint.size, root2: checkpoint.root };
      expect(verifyConsistency({ ...claim, proof: await proveConsistency(reader, earlier.size, checkpoint.size) })).toBe(true);
      earlier = checkpoint;
      if (size === 0) continue;
      const name = tilePath('entries', 0n, size);
      expect(existsSync(path.join(VECTORS, LOG, name))).toBe(true);
      const bundle = vector(`${LOG}/${name}`);
      expect(parseEntryBundle(bundle)?.map((leaf) => Buffer.from(leaf).toString())).toEqual(leaves.slice(0, size));
      expect(toHex(entryBundle(leaves.slice(0, size).map(utf8)))).toBe(toHex(bundle));
      for (let index = 0; index < size; index++) {
        const proof = await proveInclusion(reader, BigInt(index), checkpoint.size);
        expect(
          verifyInclusion({
            index: BigInt(index),
            size: checkpoint.size,
            leafHash: leafHash(utf8(leaves[index])),
            proof,
            root: checkpoint.root,
          }),
        ).toBe(true);
      }
    }
  });
});

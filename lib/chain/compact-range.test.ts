import { describe, expect, it } from 'vitest';
import { NaiveTree, nodeSha256, numberedLeaves } from '@/lib/testing/naive-tree';
import { toHex } from './bytes';
import { CompactRange } from './compact-range';

const SIZES = [0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537];
const MOST = 65_537;
const TREE = new NaiveTree(numberedLeaves(MOST));
const leaf = (i: number) => TREE.mth(i, i + 1);

describe('a compact range', () => {
  it('has the root of RFC 6962 at every size, and can be put down and taken up there', () => {
    let range = new CompactRange(nodeSha256);
    for (let size = 0; size <= MOST; size++) {
      if (size < 300 || SIZES.includes(size)) {
        expect(toHex(range.root()), `${size}`).toBe(toHex(TREE.root(size)));
        expect(range.size).toBe(BigInt(size));
        expect(range.hashes().length).toBe([...size.toString(2)].filter((bit) => bit === '1').length);
        range = CompactRange.from(range.size, range.hashes(), nodeSha256);
      }
      if (size < MOST) range.append(leaf(size));
    }
  });

  it('takes whole subtrees where they begin at a multiple of their width', () => {
    const range = new CompactRange(nodeSha256);
    range.appendSubtree(16, TREE.mth(0, 65_536));
    range.append(leaf(65_536));
    expect(toHex(range.root())).toBe(toHex(TREE.root(65_537)));
    const mixed = new CompactRange(nodeSha256);
    for (const [height, start] of [
      [8, 0],
      [8, 256],
      [9, 512],
      [2, 1024],
      [1, 1028],
      [0, 1030],
    ])
      mixed.appendSubtree(height, TREE.mth(start, start + 2 ** height));
    expect(toHex(mixed.root())).toBe(toHex(TREE.root(1031)));
  });

  it('refuses subtrees elsewhere, hashes of another length, and hashes that are not those of its size', () => {
    const range = new CompactRange();
    range.append(leaf(0));
    expect(() => range.appendSubtree(1, leaf(1))).toThrow(RangeError);
    expect(() => range.append(leaf(1).slice(1))).toThrow(RangeError);
    expect(range.size).toBe(1n);
    for (const [size, count] of [
      [0n, 1],
      [1n, 0],
      [3n, 1],
      [4n, 2],
      [-1n, 0],
      [1n << 63n, 1],
    ] as const)
      expect(() =>
        CompactRange.from(
          size,
          Array.from({ length: count }, () => leaf(0)),
        ),
      ).toThrow(RangeError);
    expect(() => CompactRange.from(1n, [leaf(0).slice(1)])).toThrow(RangeError);
  });

  it('keeps its hashes when others change what they were given', () => {
    const range = new CompactRange();
    range.append(leaf(0));
    const root = toHex(range.root());
    range.hashes().push(leaf(1));
    expect(toHex(range.root())).toBe(root);
  });
});

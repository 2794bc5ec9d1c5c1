import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NaiveTree, nodeSha256, numberedLeaves } from '@/lib/testing/naive-tree';
import { haveVectors, VECTORS, vector } from '@/lib/testing/vectors';
import { fromHex, toHex, utf8 } from './bytes';
import { CompactRange } from './compact-range';
import { EMPTY_ROOT, leafHash, nodeHash, verifyConsistency, verifyInclusion, walkInclusion } from './merkle';

const MOST = 70;
const LEAVES = numberedLeaves(MOST);
const TREE = new NaiveTree(LEAVES);

const inclusion = (index: number, size: number) => ({
  index: BigInt(index),
  size: BigInt(size),
  leafHash: TREE.mth(index, index + 1),
  proof: TREE.path(index, 0, size),
  root: TREE.root(size),
});
const consistency = (size1: number, size2: number) => ({
  size1: BigInt(size1),
  root1: TREE.root(size1),
  size2: BigInt(size2),
  root2: TREE.root(size2),
  proof: TREE.proof(size1, size2),
});

/** Every copy of the bytes with one bit changed. */
function oneBitChanges(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const changed = bytes.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    return changed;
  });
}

function* proofChanges(proof: Uint8Array[]): Generator<Uint8Array[]> {
  for (const [i, hash] of proof.entries()) for (const changed of oneBitChanges(hash)) yield proof.with(i, changed);
}

/**
 * By recursion on the tree, which side each hash of a proof joins on: all that a verifier computes from index and size. Sizes that agree in it cannot
 * be told apart by the proof (the signature over the checkpoint binds the size), all others must be.
 */
function inclusionShape(m: number, n: number): string {
  if (n === 1) return '';
  let k = 1;
  while (2 * k < n) k *= 2;
  return m < k ? `${inclusionShape(m, k)}R` : `${inclusionShape(m - k, n - k)}L`;
}
function consistencyShape(m: number, n: number, whole = true): string {
  if (m === n) return whole ? 'whole ' : 'part ';
  let k = 1;
  while (2 * k < n) k *= 2;
  return m <= k ? `${consistencyShape(m, k, whole)}R` : `${consistencyShape(m - k, n - k, false)}L`;
}

describe('the hashes of RFC 6962', () => {
  it('knows the root of the empty tree', () => {
    expect(toHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  const here = haveVectors('merkle/rfc6962-roots.json');
  it.skipIf(!here)("gives others' roots of 0 to 8 leaves, and their leaf and node", () => {
    const known = JSON.parse(vector('merkle/rfc6962-roots.json').toString());
    const range = new CompactRange();
    expect(toHex(range.root())).toBe(known.roots[0]);
    for (const [i, leaf] of known.leaves.entries()) {
      range.append(leafHash(fromHex(leaf)));
      expect(toHex(range.root())).toBe(known.roots[i + 1]);
    }
    expect(toHex(leafHash(utf8('L123456')))).toBe(known.leaf_L123456);
    expect(toHex(nodeHash(utf8('N123'), utf8('N456')))).toBe(known.node_N123_N456);
  });

  it('hashes with the function that it is given', () => {
    expect(toHex(leafHash(utf8('a'), nodeSha256))).toBe(toHex(leafHash(utf8('a'))));
    expect(toHex(nodeHash(EMPTY_ROOT, EMPTY_ROOT, () => Uint8Array.of(1)))).toBe('01');
  });
});

describe("others' proofs", () => {
  interface Case {
    name: string;
    json: Record<string, string> & { proof: string[] | null; wantErr: boolean };
  }
  /** Numbers as text: some are above 2^53. */
  function cases(folder: string): Case[] {
    return readdirSync(path.join(VECTORS, 'merkle', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => {
        const text = readFileSync(path.join(VECTORS, 'merkle', folder, name), 'utf8');
        return { name, json: JSON.parse(text.replace(/"(leafIdx|treeSize|size[12])":\s*(-?\d+)/g, '"$1": "$2"')) };
      });
  }
  const bytes = (base64: string | null) => new Uint8Array(Buffer.from(base64 ?? '', 'base64'));
  const here = haveVectors('merkle/inclusion') && haveVectors('merkle/consistency');

  it.skipIf(!here)('are accepted and refused as they say: inclusion', () => {
    const all = here ? cases('inclusion') : [];
    expect(all.length).toBeGreaterThan(30);
    for (const { name, json } of all) {
      const claim = {
        index: BigInt(json.leafIdx),
        size: BigInt(json.treeSize),
        leafHash: bytes(json.leafHash),
        proof: (json.proof ?? []).map(bytes),
        root: bytes(json.root),
      };
      expect(verifyInclusion(claim), name).toBe(!json.wantErr);
    }
  });

  it.skipIf(!here)('are accepted and refused as they say: consistency', () => {
    const all = here ? cases('consistency') : [];
    expect(all.length).toBeGreaterThan(30);
    for (const { name, json } of all) {
      const claim = {
        size1: BigInt(json.size1),
        size2: BigInt(json.size2),
        root1: bytes(json.root1),
        root2: bytes(json.root2),
        proof: (json.proof ?? []).map(bytes),
      };
      // A few hold roots of twelve bytes, of which one pair is accepted because the two are the same. A root has 32 bytes here.
      const areRoots = claim.root1.length === 32 && claim.root2.length === 32;
      expect(verifyConsistency(claim), name).toBe(!json.wantErr && areRoots);
    }
  });
});

describe('inclusion', () => {
  it('holds for every leaf of every size, and says each node on the way', () => {
    for (let size = 1; size <= MOST; size++)
      for (let index = 0; index < size; index++) {
        const claim = inclusion(index, size);
        expect(verifyInclusion(claim, nodeSha256), `${index} of ${size}`).toBe(true);
        expect(
          walkInclusion(claim, nodeSha256)
            ?.map(({ sibling }) => (sibling === 'left' ? 'L' : 'R'))
            .join(''),
        ).toBe(inclusionShape(index, size));
      }
  });

  it('fails with one bit changed in the leaf, the root or the proof', () => {
    for (const [index, size] of [
      [0, 1],
      [0, 2],
      [2, 3],
      [6, 7],
      [33, 65],
    ]) {
      const claim = inclusion(index, size);
      for (const leaf of oneBitChanges(claim.leafHash)) expect(verifyInclusion({ ...claim, leafHash: leaf }, nodeSha256)).toBe(false);
      for (const root of oneBitChanges(claim.root)) expect(verifyInclusion({ ...claim, root }, nodeSha256)).toBe(false);
      for (const proof of proofChanges(claim.proof)) expect(verifyInclusion({ ...claim, proof }, nodeSha256)).toBe(false);
    }
  });

  it('fails at every other index, and at every size that has another path there', () => {
    for (let size = 1; size <= 18; size++)
      for (let index = 0; index < size; index++) {
        const claim = inclusion(index, size);
        for (let other = -1; other <= size + 1; other++)
          if (other !== index)
            expect(verifyInclusion({ ...claim, index: BigInt(other) }, nodeSha256), `${other} for ${index} of ${size}`).toBe(false);
        for (let other = -1; other <= 40; other++) {
          const same = other > index && inclusionShape(index, other) === inclusionShape(index, size);
          expect(verifyInclusion({ ...claim, size: BigInt(other) }, nodeSha256), `${index} of ${other} for ${size}`).toBe(same);
        }
        for (let bit = 6n; bit < 64n; bit += 3n) {
          expect(verifyInclusion({ ...claim, index: claim.index ^ (1n << bit) }, nodeSha256)).toBe(false);
          expect(verifyInclusion({ ...claim, size: claim.size ^ (1n << bit) }, nodeSha256)).toBe(false);
        }
      }
  });

  it('fails with hashes left out, added, in another order or of another length', () => {
    const claim = inclusion(20, 50);
    const { proof } = claim;
    const wrong = [
      [],
      proof.slice(1),
      proof.slice(0, -1),
      [...proof, proof[0]],
      [proof[0], ...proof],
      proof.toReversed(),
      proof.with(0, proof[0].slice(1)),
      proof.with(0, new Uint8Array(0)),
      // The same bytes cut elsewhere: their preimage would be the same.
      [...proof.slice(0, -1), new Uint8Array([...proof[proof.length - 1], 0])],
    ];
    for (const one of wrong) expect(verifyInclusion({ ...claim, proof: one }, nodeSha256)).toBe(false);
    for (const short of [new Uint8Array(0), claim.root.slice(1)]) {
      expect(verifyInclusion({ ...claim, root: short }, nodeSha256)).toBe(false);
      expect(verifyInclusion({ ...claim, leafHash: short }, nodeSha256)).toBe(false);
    }
    // A node is no leaf: hashes of the two have different prefixes.
    const node = { ...inclusion(0, 4), leafHash: TREE.mth(0, 2), proof: inclusion(0, 4).proof.slice(1), size: 2n };
    expect(verifyInclusion(node, nodeSha256)).toBe(true);
    expect(verifyInclusion({ ...node, leafHash: leafHash(new Uint8Array([...TREE.mth(0, 1), ...TREE.mth(1, 2)])) }, nodeSha256)).toBe(
      false,
    );
  });
});

describe('a path that is longer than its tree is high', () => {
  // Every hash of it is right: only its length says that it belongs to another tree.
  const extra = new Uint8Array(32).fill(5);

  it('proves no inclusion, though it leads to the root', () => {
    for (const [index, size] of [
      [0, 1],
      [0, 2],
      [1, 2],
      [6, 7],
      [4, 8],
    ]) {
      const claim = inclusion(index, size);
      for (const root of [nodeHash(extra, claim.root), nodeHash(claim.root, extra)])
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, extra], root }, nodeSha256), `${index} of ${size}`).toBe(false);
    }
  });

  it('proves no consistency, though it leads to both roots', () => {
    for (const [size1, size2] of [
      [1, 2],
      [2, 3],
      [3, 7],
      [5, 8],
    ]) {
      const claim = consistency(size1, size2);
      for (const join of [(root: Uint8Array) => nodeHash(extra, root), (root: Uint8Array) => nodeHash(root, extra)])
        for (const root1 of [claim.root1, join(claim.root1)]) {
          // Where the first tree is a power of two, its root begins the path.
          const wrong = { ...claim, root1, root2: join(claim.root2), proof: [...claim.proof, extra] };
          expect(verifyConsistency(wrong, nodeSha256), `${size1} to ${size2}`).toBe(false);
        }
    }
  });
});

describe('consistency', () => {
  it('holds between every two sizes, the empty tree and a tree itself included', () => {
    for (let size2 = 0; size2 <= MOST; size2++)
      for (let size1 = 0; size1 <= size2; size1++)
        expect(verifyConsistency(consistency(size1, size2), nodeSha256), `${size1} to ${size2}`).toBe(true);
  });

  it('fails with one bit changed in a root or the proof', () => {
    for (const [size1, size2] of [
      [0, 0],
      [1, 1],
      [1, 2],
      [3, 7],
      [4, 7],
      [6, 8],
      [33, 65],
    ]) {
      const claim = consistency(size1, size2);
      for (const root1 of oneBitChanges(claim.root1)) expect(verifyConsistency({ ...claim, root1 }, nodeSha256)).toBe(false);
      for (const root2 of oneBitChanges(claim.root2)) expect(verifyConsistency({ ...claim, root2 }, nodeSha256)).toBe(false);
      for (const proof of proofChanges(claim.proof)) expect(verifyConsistency({ ...claim, proof }, nodeSha256)).toBe(false);
    }
    // Nothing of a later tree follows from the empty one, but what is said of the empty one is checked.
    for (const root1 of oneBitChanges(EMPTY_ROOT)) expect(verifyConsistency({ ...consistency(0, 5), root1 }, nodeSha256)).toBe(false);
    expect(verifyConsistency({ ...consistency(0, 5), proof: [TREE.root(5)] }, nodeSha256)).toBe(false);
  });

  it('fails at every size that has another path', () => {
    for (let size2 = 1; size2 <= 24; size2++)
      for (let size1 = 1; size1 <= size2; size1++) {
        const claim = consistency(size1, size2);
        for (let other = -1; other <= 50; other++) {
          const first = other >= 1 && other <= size2 && consistencyShape(other, size2) === consistencyShape(size1, size2);
          expect(verifyConsistency({ ...claim, size1: BigInt(other) }, nodeSha256), `${other} to ${size2} for ${size1}`).toBe(first);
          const second = other >= size1 && consistencyShape(size1, other) === consistencyShape(size1, size2);
          expect(verifyConsistency({ ...claim, size2: BigInt(other) }, nodeSha256), `${size1} to ${other} for ${size2}`).toBe(second);
        }
        for (let bit = 6n; bit < 64n; bit += 3n) {
          expect(verifyConsistency({ ...claim, size1: claim.size1 ^ (1n << bit) }, nodeSha256)).toBe(false);
          expect(verifyConsistency({ ...claim, size2: claim.size2 ^ (1n << bit) }, nodeSha256)).toBe(false);
        }
      }
  });

  it('fails for a tree whose history was rewritten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST - 1 }), fc.nat(), fc.nat(), (size1, more, where) => {
        const size2 = size1 + 1 + (more % (MOST - size1));
        const rewritten = new NaiveTree(LEAVES.with(where % size1, utf8('another')));
        const honest = consistency(size1, size2);
        const claim = { ...honest, root2: rewritten.root(size2), proof: rewritten.proof(size1, size2) };
        expect(verifyConsistency(claim, nodeSha256)).toBe(false);
        expect(verifyConsistency({ ...claim, proof: honest.proof }, nodeSha256)).toBe(false);
      }),
    );
  });
});

describe('hostile claims', () => {
  it('are answered with true or false, never with an exception', () => {
    const number = fc.oneof(fc.bigInt({ min: -5n, max: 100n }), fc.bigInt({ min: -(1n << 70n), max: 1n << 70n }));
    const hash = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 40 }));
    const proof = fc.array(hash, { maxLength: 70 });
    fc.assert(
      fc.property(number, number, hash, hash, proof, (a, b, one, other, hashes) => {
        expect(verifyInclusion({ index: a, size: b, leafHash: one, root: other, proof: hashes }, nodeSha256)).toBe(
          a === 0n && b === 1n && hashes.length === 0 && one.length === 32 && Buffer.compare(one, other) === 0,
        );
        expect(verifyConsistency({ size1: a, size2: b, root1: one, root2: other, proof: hashes }, nodeSha256)).toBeTypeOf('boolean');
      }),
    );
  });
});

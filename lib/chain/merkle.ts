import { concatBytes, equalBytes } from './bytes';
import { MAX_DECIMAL } from './decimal';
import { HASH_BYTES, type Sha256, sha256 } from './entry-hash';

/**
 * The Merkle tree of RFC 6962 / RFC 9162, section 2.1. Hashes are 32 bytes. The verifiers take every argument but the caller's own root and leaf as
 * hostile: what is wrong is answered with false, never with an exception.
 */

/** MTH({}) = SHA-256(): the root of a tree without entries. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** 0x00 ‖ data */
export function leafPreimage(data: Uint8Array): Uint8Array {
  return concatBytes(LEAF_PREFIX, data);
}

/** 0x01 ‖ left ‖ right */
export function nodePreimage(left: Uint8Array, right: Uint8Array): Uint8Array {
  return concatBytes(NODE_PREFIX, left, right);
}

/** SHA-256(0x00 ‖ data): the leaf data of a ledger are the 32 bytes of an entry's integrity_hash. */
export function leafHash(data: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(leafPreimage(data));
}

/** SHA-256(0x01 ‖ left ‖ right) */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(nodePreimage(left, right));
}

export interface InclusionClaim {
  /** Of the leaf, from 0. */
  index: bigint;
  size: bigint;
  leafHash: Uint8Array;
  /** From the leaf's sibling up to the root's child. */
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** One hash on the way from a leaf to the root. */
export interface PathNode {
  left: Uint8Array;
  right: Uint8Array;
  /** Where the hash that the proof gave stands. */
  sibling: 'left' | 'right';
  hash: Uint8Array;
}

/**
 * Every node from the leaf to the root that an inclusion proof leads to; null where a proof of that length or form cannot belong to that index and
 * size. The last hash (the leaf's where there is none) is the root that the proof claims, still to be compared with one that was signed.
 * @see RFC 9162 §2.1.3.2
 */
export function walkInclusion(claim: Omit<InclusionClaim, 'root'>, hash: Sha256 = sha256): PathNode[] | null {
  if (claim.index < 0n || claim.index >= claim.size || claim.size > MAX_DECIMAL || !areHashes([claim.leafHash, ...claim.proof]))
    return null;
  const nodes: PathNode[] = [];
  let fn = claim.index;
  let sn = claim.size - 1n;
  let r = claim.leafHash;
  for (const p of claim.proof) {
    if (sn === 0n) return null;
    if ((fn & 1n) === 1n || fn === sn) {
      nodes.push({ left: p, right: r, sibling: 'left', hash: nodeHash(p, r, hash) });
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else nodes.push({ left: r, right: p, sibling: 'right', hash: nodeHash(r, p, hash) });
    r = nodes[nodes.length - 1].hash;
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? nodes : null;
}

/** Whether the leaf stands at that index in the tree of that size and root. @see RFC 9162 §2.1.3.2 */
export function verifyInclusion(claim: InclusionClaim, hash: Sha256 = sha256): boolean {
  const nodes = walkInclusion(claim, hash);
  if (nodes === null) return false;
  return equalBytes(nodes.length === 0 ? claim.leafHash : nodes[nodes.length - 1].hash, claim.root);
}

export interface ConsistencyClaim {
  size1: bigint;
  root1: Uint8Array;
  size2: bigint;
  root2: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Whether the tree of size1 is the beginning of the tree of size2. RFC 9162 knows proofs from sizes above 0 alone; as tlog-witness says, the empty
 * tree (with its own root and an empty proof) begins every tree, and a tree begins itself when the roots are equal and the proof is empty.
 * @see RFC 9162 §2.1.4.2
 */
export function verifyConsistency(claim: ConsistencyClaim, hash: Sha256 = sha256): boolean {
  const { size1, root1, size2, root2, proof } = claim;
  if (size1 < 0n || size1 > size2 || size2 > MAX_DECIMAL || !areHashes([root1, root2, ...proof])) return false;
  if (size1 === 0n && !equalBytes(root1, EMPTY_ROOT)) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  if (size1 === 0n) return proof.length === 0;
  if (proof.length === 0) return false;
  // A first tree of a power of two is a node of the second: its root is not repeated in the proof.
  const path = (size1 & (size1 - 1n)) === 0n ? [root1, ...proof] : proof;
  let fn = size1 - 1n;
  let sn = size2 - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = path[0];
  let sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = nodeHash(c, fr, hash);
      sr = nodeHash(c, sr, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else sr = nodeHash(sr, c, hash);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equalBytes(fr, root1) && equalBytes(sr, root2);
}

/** A preimage of hashes is unambiguous while each has its 32 bytes. */
function areHashes(all: readonly Uint8Array[]): boolean {
  return all.every((one) => one.length === HASH_BYTES);
}

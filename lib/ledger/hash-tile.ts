import 'server-only';
import { hash } from 'node:crypto';
import { HASH_BYTES } from '@/lib/chain/entry-hash';

const LEAF_PREIMAGE = Buffer.alloc(1 + HASH_BYTES, 0x00);
const NODE_PREIMAGE = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

/**
 * Leaf hashes of entries, SHA-256(0x00 ‖ integrity_hash): the hashes of a tile of level 0.
 * @param integrityHashes one after another, 32 bytes each.
 */
export function hashLeaves(integrityHashes: Uint8Array): Buffer {
  const leaves = Buffer.allocUnsafe(integrityHashes.length);
  for (let at = 0; at < integrityHashes.length; at += HASH_BYTES) {
    LEAF_PREIMAGE.set(integrityHashes.subarray(at, at + HASH_BYTES), 1);
    // Text is made three times as fast as a Buffer, and written down without another object.
    leaves.write(hash('sha256', LEAF_PREIMAGE, 'binary'), at, HASH_BYTES, 'latin1');
  }
  return leaves;
}

/** The root of a tile's hashes. The same as tileRoot of lib/chain, at three times its speed: sealing pays it for every record. */
export function hashTile(hashes: Uint8Array): Buffer {
  const row = Buffer.from(hashes);
  for (let width = row.length / HASH_BYTES; width > 1; width /= 2) {
    for (let i = 0; i < width / 2; i++) {
      NODE_PREIMAGE.set(row.subarray(2 * i * HASH_BYTES, (2 * i + 2) * HASH_BYTES), 1);
      // A node lands where nodes stood that have been read already.
      row.write(hash('sha256', NODE_PREIMAGE, 'binary'), i * HASH_BYTES, HASH_BYTES, 'latin1');
    }
  }
  return Buffer.from(row.subarray(0, HASH_BYTES));
}

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import type pg from 'pg';
import { utf8 } from '@/lib/chain/bytes';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { CompactRange } from '@/lib/chain/compact-range';
import { cosignedMessageMlDsa, joinTimestamped } from '@/lib/chain/cosignature';
import { leafHash } from '@/lib/chain/merkle';
import { formatNote } from '@/lib/chain/signed-note';
import { tileRoot } from '@/lib/chain/tiles';
import { formatVerifierKey, makeVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { asAdmin, type TestDatabase } from './fresh-database';

/** A signer of the tests' own, which signs whatever it is given: the product's would refuse much of what tests need. */
export interface TestSigner {
  origin: string;
  incarnation: number;
  ed25519: { key: VerifierKey; secret: KeyObject };
  mlDsa: { key: VerifierKey; secret: Uint8Array };
}

export async function testSigner(db: TestDatabase, ledger: number, incarnation = 1): Promise<TestSigner> {
  return asAdmin(db.adminUrl, async (client) => {
    const { rows } = await client.query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledger]);
    const origin = incarnation === 1 ? rows[0].origin : `${rows[0].origin}/incarnations/${incarnation}`;
    const pair = generateKeyPairSync('ed25519');
    const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const quantum = ml_dsa44.keygen();
    const signer: TestSigner = {
      origin,
      incarnation,
      ed25519: { key: makeVerifierKey(origin, 1, Uint8Array.from(raw)), secret: pair.privateKey },
      mlDsa: { key: makeVerifierKey(origin, 6, quantum.publicKey), secret: quantum.secretKey },
    };
    await client.query(
      `INSERT INTO incarnations (ledger_id, number, origin, size, root) VALUES ($1, $2, $3, 0, sha256('')) ON CONFLICT DO NOTHING`,
      [ledger, incarnation, origin],
    );
    for (const [key, kind] of [
      [signer.ed25519.key, 'ed25519'],
      [signer.mlDsa.key, 'ml-dsa-44'],
    ] as const)
      await client.query('INSERT INTO signer_keys (ledger_id, incarnation, vkey, kind, from_size) VALUES ($1, $2, $3, $4, 0)', [
        ledger,
        incarnation,
        formatVerifierKey(key),
        kind,
      ]);
    return signer;
  });
}

export function signNote(signer: TestSigner, size: bigint, root: Uint8Array, at: Date, quick = false): string {
  const checkpoint = { origin: signer.origin, size, root, extensions: [] };
  const text = formatCheckpoint(checkpoint);
  const timestamp = BigInt(Math.floor(at.getTime() / 1000));
  const line = (key: VerifierKey, signature: Uint8Array) => ({ name: key.name, keyId: key.keyId, signature });
  // A signature of ML-DSA-44 takes 10 ms; a test of many that samples few makes the others up.
  const quantum = quick
    ? new Uint8Array(2420)
    : ml_dsa44.sign(cosignedMessageMlDsa(signer.mlDsa.key.name, timestamp, checkpoint), signer.mlDsa.secret);
  return formatNote(text, [
    line(signer.ed25519.key, Uint8Array.from(sign(null, utf8(text), signer.ed25519.secret))),
    line(signer.mlDsa.key, joinTimestamped({ timestamp, signature: quantum })),
  ]);
}

/**
 * Tiles and a checkpoint at each of the sizes, in their order, one second apart. @param quick says which have no true ML-DSA-44 signature.
 */
export async function signCheckpoints(
  db: TestDatabase,
  ledger: number,
  signer: TestSigner,
  sizes: readonly number[],
  quick: (index: number) => boolean = () => false,
): Promise<void> {
  await asAdmin(db.adminUrl, async (client) => {
    const leaves = await readLeaves(client, ledger);
    await sealAll(client, ledger, leaves.slice(0, Math.max(...sizes)));
    const began = await client.query<{ at: Date | null }>('SELECT max(signed_at) AS at FROM checkpoints WHERE ledger_id = $1', [ledger]);
    let at = began.rows[0].at?.getTime() ?? Date.now() - 3_600_000;
    const range = new CompactRange(nodeSha256);
    for (const [i, size] of sizes.entries()) {
      while (range.size < BigInt(size)) range.append(leaves[Number(range.size)]);
      at += 1000;
      const note = signNote(signer, range.size, range.root(), new Date(at), quick(i));
      await client.query('SELECT keep_checkpoint($1, $2, $3, $4, $5, $6)', [
        ledger,
        signer.incarnation,
        size,
        Buffer.from(range.root()),
        Buffer.from(note),
        new Date(at),
      ]);
    }
  });
}

async function readLeaves(client: pg.Client, ledger: number): Promise<Uint8Array[]> {
  const { rows } = await client.query<{ integrity_hash: Buffer }>('SELECT integrity_hash FROM entries WHERE ledger_id = $1 ORDER BY seq', [
    ledger,
  ]);
  return rows.map((row) => leafHash(row.integrity_hash, nodeSha256));
}

async function sealAll(client: pg.Client, ledger: number, leaves: Uint8Array[]): Promise<void> {
  let hashes = leaves;
  for (let level = 0; hashes.length >= 256; level++) {
    const above: Uint8Array[] = [];
    for (let tile = 0; (tile + 1) * 256 <= hashes.length; tile++) {
      const bytes = Buffer.concat(hashes.slice(tile * 256, (tile + 1) * 256));
      const root = tileRoot(bytes, nodeSha256);
      await client.query('SELECT seal_tiles($1, $2, $3, $4, $5)', [ledger, [level], [tile], [Buffer.from(root)], [bytes]]);
      above.push(root);
    }
    hashes = above;
  }
}

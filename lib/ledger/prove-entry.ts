import 'server-only';
import { toBase64 } from '@/lib/chain/base64';
import { fromHex, toHex } from '@/lib/chain/bytes';
import { leafHash, verifyInclusion } from '@/lib/chain/merkle';
import { proveInclusion } from '@/lib/chain/tiles';
import { formatTlogProof } from '@/lib/chain/tlog-proof';
import { RefusalError } from '@/lib/schema/errors';
import type { CheckpointDto, RecordProofDto, SignerKeyDto } from '@/lib/schema/proofs';
import { isUuid } from '@/lib/schema/uuid';
import { boundedRead } from './bounded-read';
import { nodeSha256 } from './node-sha256';
import { listKeys, newestCheckpoint } from './read-checkpoints';
import { findPosition, readStored } from './read-entries';
import { dbTiles, TreeDamaged } from './read-tree';

/** Either name of a record: its id, or its sequence number; null for what is neither. */
export function entryName(text: string): { id: string } | { seq: bigint } | null {
  if (isUuid(text)) return { id: text };
  return /^\d{1,18}$/.test(text) ? { seq: BigInt(text) } : null;
}

/**
 * What somebody needs to verify one record without us: the bytes, the header, and the path to the newest checkpoint with the keys that sign it.
 * The proof is given as the store has it, also where it does not lead to the checkpoint: this is no receipt, and whoever asks is to see where it breaks.
 * @returns null where the ledger has no such record; `tlog_proof` and `checkpoint` are null until a checkpoint covers it.
 * @throws RefusalError conflict where entries or tiles are missing, so that there is no path at all.
 */
export async function proveRecord(ledgerId: number, name: { id: string } | { seq: bigint }): Promise<RecordProofDto | null> {
  const stored = await boundedRead(async (tx) => {
    const seq = await findPosition(tx, ledgerId, name);
    return seq === null ? null : (await readStored(tx, ledgerId, [seq]))[0];
  });
  if (stored == null) return null;
  const { header, body } = stored;
  const checkpoint = await newestCheckpoint(ledgerId);
  const covered = checkpoint !== null && BigInt(checkpoint.size) > header.seq ? checkpoint : null;
  return {
    seq: String(header.seq),
    id: header.id,
    received_at_us: String(header.received_at_us),
    conversation_seq: String(header.conversation_seq),
    previous_hash: toHex(header.previous_hash),
    body_hash: toHex(header.body_hash),
    integrity_hash: toHex(header.integrity_hash),
    body: body === null ? null : toBase64(body),
    tlog_proof: covered === null ? null : await tlogProof(ledgerId, header.seq, null, covered),
    keys: await keysOf(ledgerId, covered),
    checkpoint: covered === null ? null : about(covered),
  };
}

/** The receipt alone, in the text form of C2SP tlog-proof. @returns null: no such record; 'later': no checkpoint covers it yet. @throws RefusalError conflict */
export async function proveHashes(ledgerId: number, name: { id: string } | { seq: bigint }): Promise<string | 'later' | null> {
  const header = await boundedRead(async (tx) => {
    const seq = await findPosition(tx, ledgerId, name);
    if (seq === null) return null;
    const [row] = await tx.$queryRaw<{ integrity_hash: Uint8Array }[]>`
      SELECT integrity_hash FROM entries WHERE ledger_id = ${ledgerId} AND seq = ${seq}`;
    return row === undefined ? null : { seq, integrityHash: row.integrity_hash };
  });
  if (header === null) return null;
  const checkpoint = await newestCheckpoint(ledgerId);
  if (checkpoint === null || BigInt(checkpoint.size) <= header.seq) return 'later';
  return tlogProof(ledgerId, header.seq, header.integrityHash, checkpoint);
}

/** @param integrityHash of the entry that the path must lead from, or nothing is given; null gives the path as it is stored. */
async function tlogProof(ledgerId: number, index: bigint, integrityHash: Uint8Array | null, checkpoint: CheckpointDto): Promise<string> {
  const [size, root] = [BigInt(checkpoint.size), fromHex(checkpoint.root)];
  try {
    const proof = await proveInclusion(dbTiles(ledgerId), index, size, nodeSha256);
    const holds =
      integrityHash === null || verifyInclusion({ index, size, leafHash: leafHash(integrityHash, nodeSha256), proof, root }, nodeSha256);
    if (holds) return formatTlogProof({ index, proof, note: checkpoint.note });
  } catch (error) {
    if (!(error instanceof TreeDamaged)) throw error;
  }
  throw new RefusalError(
    'conflict',
    'The stored tree does not lead from this record to its checkpoint. A verification says where it breaks.',
  );
}

/** Of the incarnation whose checkpoint is given; without one, of the last. */
async function keysOf(ledgerId: number, checkpoint: CheckpointDto | null): Promise<SignerKeyDto[]> {
  const keys = await listKeys(ledgerId);
  const incarnation = checkpoint?.incarnation ?? keys.at(-1)?.incarnation;
  return keys.filter((key) => key.incarnation === incarnation);
}

function about({ number, size, root, signed_at, anchors, witnessed }: CheckpointDto): RecordProofDto['checkpoint'] {
  return { number, size, root, signed_at, anchors, witnessed };
}

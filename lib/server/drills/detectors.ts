import { equalBytes, fromHex } from '@/lib/chain/bytes';
import { CompactRange } from '@/lib/chain/compact-range';
import { leafHash, verifyConsistency } from '@/lib/chain/merkle';
import { NoteError } from '@/lib/chain/signed-note';
import { proveConsistency, TILE_WIDTH, tileWidth } from '@/lib/chain/tiles';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { pool } from '@/lib/db';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import { compareWith } from '@/lib/verification/compare-history';
import { readComparand } from '@/lib/verification/read-comparand';
import { append, type Subject, sign, verify } from './drill-world';

export const DETECTORS = ['verification', 'tiles', 'witness', 'receipt', 'signer'] as const;
export type Detector = (typeof DETECTORS)[number];

/** What was found, in a few words with its place; null where nothing was. */
type Detect = (subject: Subject) => Promise<string | null>;

export const DETECT: Record<Detector, Detect> = {
  /** The product's own run over the whole ledger. */
  async verification(subject) {
    const run = await verify(subject);
    const [first] = run.breaks;
    if (first === undefined) return null;
    const codes = [...new Set(run.breaks.map(({ code }) => code))];
    return `${first.code} at #${first.seq}${codes.length === 1 ? '' : `, ${codes.slice(1).join(', ')}`}`;
  },

  /** Somebody who downloads tiles, entries and checkpoint, and computes the root. */
  async tiles(subject) {
    const served = await newestCheckpoint(subject.ledger.id);
    if (served === null) return 'no checkpoint is served any more';
    try {
      const { checkpoint } = openCheckpoint(served.note, subject.keys, subject.ledger.origin);
      return await walkTiles(subject, checkpoint.size, checkpoint.root);
    } catch (error) {
      if (error instanceof NoteError) return `the checkpoint is refused: ${error.code}`;
      if (error instanceof TreeDamaged) return 'tiles or entries are missing';
      throw error;
    }
  },

  /** A witness that has seen the checkpoint outside and is asked to cosign the newest checkpoint. @see C2SP tlog-witness */
  async witness(subject) {
    if (subject.outside === null) return null;
    const served = await newestCheckpoint(subject.ledger.id);
    if (served === null) return 'no checkpoint is served any more';
    const seen = { size: BigInt(subject.outside.checkpoint.size), root: fromHex(subject.outside.checkpoint.root) };
    try {
      const { checkpoint } = openCheckpoint(served.note, subject.keys, subject.ledger.origin);
      if (checkpoint.size < seen.size) return `${checkpoint.size} entries, after ${seen.size} were cosigned`;
      const proof = await proveConsistency(dbTiles(subject.ledger.id), seen.size, checkpoint.size, nodeSha256);
      const holds = verifyConsistency(
        { size1: seen.size, root1: seen.root, size2: checkpoint.size, root2: checkpoint.root, proof },
        nodeSha256,
      );
      return holds ? null : `no consistency with the first ${seen.size}`;
    } catch (error) {
      if (error instanceof NoteError) return `the checkpoint is refused: ${error.code}`;
      if (error instanceof TreeDamaged) return 'no proof can be given: tiles or entries are missing';
      throw error;
    }
  },

  /** Somebody who kept a receipt with its proof, and brings it. */
  async receipt(subject) {
    if (subject.outside === null) return null;
    const result = await compareWith(subject.ledger.id, readComparand(subject.outside.receipt));
    if (result.verdict === 'grew_only') return null;
    const failed = result.checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    return `${result.verdict}: ${failed.join(', ')}`;
  },

  /** The signer, at its next checkpoint. */
  async signer(subject) {
    await append(subject, 1);
    const step = await sign(subject);
    if (step.kind === 'refused') return 'refuses to sign';
    const { rows } = await pool('verification').query<{ number: number; origin: string }>(
      'SELECT number, origin FROM incarnations WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
      [subject.ledger.id],
    );
    return rows[0].number === 1 ? null : `new incarnation ${rows[0].number}`;
  },
};

async function walkTiles(subject: Subject, size: bigint, root: Uint8Array): Promise<string | null> {
  const reader = dbTiles(subject.ledger.id);
  const range = new CompactRange(nodeSha256);
  for (let tile = 0n; tile * BigInt(TILE_WIDTH) < size; tile++) {
    const width = tileWidth(0, tile, size);
    const [hashes] = await reader.readTiles([{ level: 0, tile, width }]);
    const first = tile * BigInt(TILE_WIDTH);
    const { rows } = await pool('verification').query<{ integrity_hash: Buffer }>(
      'SELECT integrity_hash FROM entries WHERE ledger_id = $1 AND seq >= $2 AND seq < $3 ORDER BY seq',
      [subject.ledger.id, String(first), String(first + BigInt(width))],
    );
    for (let i = 0; i < width; i++) {
      const hash = hashes.subarray(i * 32, (i + 1) * 32);
      const entry = rows[i];
      if (entry === undefined || !equalBytes(leafHash(entry.integrity_hash, nodeSha256), hash))
        return `tile 0/${tile} is not its entries, at #${first + BigInt(i)}`;
      range.append(hash);
    }
  }
  return equalBytes(range.root(), root) ? null : `another root over ${size} entries than was signed`;
}

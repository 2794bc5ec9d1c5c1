import 'server-only';
import path from 'node:path';
import { type ArchiveManifest, formatManifest } from '@/lib/chain/archive-manifest';
import { keysInForce } from '@/lib/chain/keys-in-force';
import { formatNote } from '@/lib/chain/signed-note';
import { formatVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { givenKeys, type KeyPair, readKeys, type SignerKeys, verifierKeys } from '@/lib/signer/keep-keys';
import { signText } from '@/lib/signer/sign-note';
import { ArchiveFault } from './archive-fault';

/** A checkpoint as a manifest names it, and the name that its keys sign under. */
export interface CoveringCheckpoint {
  number: bigint;
  incarnation: number;
  origin: string;
  size: bigint;
  root: Buffer;
  note: string;
}

/** The newest that was signed. @returns null before the first */
export function newestCovering(ledgerId: number): Promise<CoveringCheckpoint | null> {
  return findCovering(ledgerId, 'ORDER BY c.number DESC LIMIT 1', []);
}

/** @returns null where there is none of that number */
export function coveringCheckpoint(ledgerId: number, number: bigint): Promise<CoveringCheckpoint | null> {
  return findCovering(ledgerId, 'AND c.number = $2', [String(number)]);
}

async function findCovering(ledgerId: number, which: string, values: unknown[]): Promise<CoveringCheckpoint | null> {
  const { rows } = await pool('verification').query<{
    number: string;
    incarnation: number;
    origin: string;
    size: string;
    root: Buffer;
    note: Buffer;
  }>(
    `SELECT c.number, c.incarnation, i.origin, c.size, c.root, c.note FROM checkpoints c
       JOIN incarnations i ON i.ledger_id = c.ledger_id AND i.number = c.incarnation WHERE c.ledger_id = $1 ${which}`,
    [ledgerId, ...values],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, number: BigInt(row.number), size: BigInt(row.size), note: row.note.toString('utf8') };
}

/** Keys that may sign a manifest under this checkpoint: those of its incarnation that were in force at its size. */
export async function manifestKeys(ledgerId: number, { incarnation, size }: { incarnation: number; size: bigint }): Promise<VerifierKey[]> {
  return keysInForce(await keysOf(ledgerId, incarnation), size);
}

/** The same as they are told to others. */
export async function toldKeys(ledgerId: number, { incarnation, size }: { incarnation: number; size: bigint }): Promise<SignerKeyDto[]> {
  return (await keysOf(ledgerId, incarnation)).filter((key) => keysInForce([key], size).length > 0);
}

async function keysOf(ledgerId: number, incarnation: number): Promise<SignerKeyDto[]> {
  return (await listKeys(ledgerId, pool('verification'))).filter((key) => key.incarnation === incarnation);
}

/**
 * Signs as the ledger does, with the Ed25519 key that was in force at the checkpoint.
 * @returns the bytes of a signed note; the same for the same manifest and keys.
 * @throws ArchiveFault signer: this machine has no such key
 */
export async function signManifest(ledgerId: number, manifest: ArchiveManifest, covering: CoveringCheckpoint): Promise<Buffer> {
  return signLedgerText(ledgerId, formatManifest(manifest), covering);
}

/** The same for other texts that the ledger's keys vouch for. @throws ArchiveFault signer */
export async function signLedgerText(ledgerId: number, text: string, covering: CoveringCheckpoint): Promise<Buffer> {
  const inForce = new Set((await manifestKeys(ledgerId, covering)).map(formatVerifierKey));
  const pairs = ownPairs().filter((pair) => inForce.has(formatVerifierKey(verifierKeys(pair, covering.origin)[0])));
  if (pairs.length === 0)
    throw new ArchiveFault(
      'signer',
      'The keys that sign this ledger are not on this machine, so that nothing can be archived or certified from here. Run it where SIGNER_DIR has them.',
    );
  return Buffer.from(
    formatNote(
      text,
      pairs.map((pair) => signText(pair, covering.origin, text)),
    ),
  );
}

function ownPairs(): KeyPair[] {
  const { SIGNER, SIGNER_DIR, SIGNER_KEY_FILE } = env();
  if (SIGNER === 'off' || SIGNER_DIR === undefined) return [];
  const keys: SignerKeys | null = SIGNER_KEY_FILE === undefined ? readKeys(path.join(SIGNER_DIR, 'keys.json')) : givenKeys(SIGNER_KEY_FILE);
  return keys === null ? [] : [keys.current, ...(keys.next === null ? [] : [keys.next])];
}

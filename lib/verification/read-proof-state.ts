import 'server-only';
import { pool } from '@/lib/db';
import type { SignerKey } from './verify-checkpoints';

/** What is known of a ledger's checkpoints at one moment, before its entries are read: all that these checkpoints cover was there then. */
export interface ProofState {
  newest: { number: bigint; incarnation: number; size: bigint; root: Buffer; signedAt: Date } | null;
  incarnations: Incarnation[];
  /** Of the newest incarnation; 1 where nothing was signed yet. */
  incarnation: number;
  /** Older incarnations whose end a person has settled. */
  settled: ReadonlySet<number>;
  keys: SignerKey[];
}

export interface Incarnation {
  number: number;
  origin: string;
  size: bigint;
  root: Buffer;
  /** A signed note; null for number 1. */
  statement: Buffer | null;
  /** The one before, and the last tree that was signed under it; null for number 1. */
  previous: { number: number; size: bigint; root: Buffer } | null;
}

export async function readProofState(ledgerId: number): Promise<ProofState> {
  const db = pool('verification');
  const [checkpoints, incarnations, keys, settled] = [
    await db.query<{ number: string; incarnation: number; size: string; root: Buffer; signed_at: Date }>(
      'SELECT number, incarnation, size, root, signed_at FROM checkpoints WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
      [ledgerId],
    ),
    await db.query<{
      number: number;
      origin: string;
      size: string;
      root: Buffer;
      statement: Buffer | null;
      previous_size: string | null;
      previous_root: Buffer | null;
    }>(
      'SELECT number, origin, size, root, statement, previous_size, previous_root FROM incarnations WHERE ledger_id = $1 ORDER BY number',
      [ledgerId],
    ),
    await db.query<{ vkey: string; kind: SignerKey['kind']; incarnation: number; from_size: string; to_size: string | null }>(
      'SELECT vkey, kind, incarnation, from_size, to_size FROM signer_keys WHERE ledger_id = $1 ORDER BY incarnation, from_size, kind',
      [ledgerId],
    ),
    // Settled is what a person ended, with a reason; an alarm that ended by itself settles nothing.
    await db.query<{ subject: string }>(
      `SELECT subject FROM alarms WHERE ledger_id = $1 AND kind = 'new_incarnation' AND ended_at IS NOT NULL AND ended_by IS NOT NULL AND reason IS NOT NULL`,
      [ledgerId],
    ),
  ];
  const [newest] = checkpoints.rows;
  const numbers = incarnations.rows.map((row) => row.number);
  return {
    newest:
      newest === undefined ? null : { ...newest, number: BigInt(newest.number), size: BigInt(newest.size), signedAt: newest.signed_at },
    incarnations: incarnations.rows.map((row, i) => ({
      number: row.number,
      origin: row.origin,
      size: BigInt(row.size),
      root: row.root,
      statement: row.statement,
      previous:
        row.previous_size === null || row.previous_root === null
          ? null
          : { number: numbers[i - 1] ?? 0, size: BigInt(row.previous_size), root: row.previous_root },
    })),
    incarnation: numbers.at(-1) ?? 1,
    // The alarm of an incarnation is about what the one before it had signed; a number can be left out.
    settled: new Set(settled.rows.flatMap((row) => numbers[numbers.indexOf(Number(row.subject)) - 1] ?? [])),
    keys: keys.rows.map((row) => ({
      vkey: row.vkey,
      kind: row.kind,
      incarnation: row.incarnation,
      fromSize: BigInt(row.from_size),
      toSize: row.to_size === null ? null : BigInt(row.to_size),
    })),
  };
}

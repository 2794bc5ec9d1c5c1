import 'server-only';
import type pg from 'pg';

type Reader = Pick<pg.ClientBase, 'query'>;

/** A checkpoint as it is kept, in bytes. */
export interface KeptCheckpoint {
  number: bigint;
  incarnation: number;
  size: bigint;
  root: Buffer;
  note: string;
  signedAt: Date;
}

export interface Incarnation {
  number: number;
  origin: string;
}

/** The last that was kept, null before the first. */
export async function newestKept(ledgerId: number, db: Reader): Promise<KeptCheckpoint | null> {
  const { rows } = await db.query<{ number: string; incarnation: number; size: string; root: Buffer; note: Buffer; signed_at: Date }>(
    'SELECT number, incarnation, size, root, note, signed_at FROM checkpoints WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
    [ledgerId],
  );
  const [row] = rows;
  return row === undefined
    ? null
    : {
        number: BigInt(row.number),
        incarnation: row.incarnation,
        size: BigInt(row.size),
        root: row.root,
        note: row.note.toString('utf8'),
        signedAt: row.signed_at,
      };
}

/** The one in force, null before the first. */
export async function presentIncarnation(ledgerId: number, db: Reader): Promise<Incarnation | null> {
  const { rows } = await db.query<Incarnation>(
    'SELECT number, origin FROM incarnations WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
    [ledgerId],
  );
  return rows[0] ?? null;
}

/** How many entries the ledger has: its head's position and one. */
export async function ledgerSize(ledgerId: number, db: Reader): Promise<bigint> {
  const { rows } = await db.query<{ seq: string }>('SELECT seq FROM entries WHERE ledger_id = $1 ORDER BY seq DESC LIMIT 1', [ledgerId]);
  return rows[0] === undefined ? 0n : BigInt(rows[0].seq) + 1n;
}

/** Whether a checkpoint was kept: that very note. */
export async function isKept(
  ledgerId: number,
  incarnation: number,
  { size, note }: { size: bigint; note: string },
  db: Reader,
): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT FROM checkpoints WHERE ledger_id = $1 AND incarnation = $2 AND size = $3 AND note = $4 ORDER BY number DESC LIMIT 1',
    [ledgerId, incarnation, String(size), Buffer.from(note)],
  );
  return rowCount === 1;
}

import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { addSignatures, formatNote, parseNote, parseSignatureLines } from '@/lib/chain/signed-note';
import { pool } from '@/lib/db';
import type { AnchorDto, AnchorKind, CheckpointDto, IncarnationDto, SignerKeyDto } from '@/lib/schema/proofs';
import type { Db } from './read-tree';

export const CHECKPOINTS_PAGE = 50;

interface Stored {
  number: string;
  incarnation: number;
  origin: string;
  size: string;
  root: Buffer;
  note: Buffer;
  signed_at: Date;
  anchors: { kind: AnchorKind; target: string; anchored_at: string; lines: string | null }[];
  quorum: number;
}

/** One statement a list: a checkpoint, what came back for it from outside, and how many witnesses make it witnessed. */
const CHECKPOINT = `SELECT c.number, c.incarnation, i.origin, c.size, c.root, c.note, c.signed_at, coalesce(s.witness_quorum, 1) AS quorum,
    coalesce((SELECT jsonb_agg(jsonb_build_object('kind', a.kind, 'target', a.target_name,
        'anchored_at', to_char(a.anchored_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'lines', CASE WHEN a.kind = 'witness' THEN encode(a.evidence, 'base64') END) ORDER BY a.anchored_at, a.target_id)
      FROM anchors a WHERE a.ledger_id = c.ledger_id AND a.checkpoint_number = c.number), '[]') AS anchors
  FROM checkpoints c JOIN incarnations i ON i.ledger_id = c.ledger_id AND i.number = c.incarnation
  LEFT JOIN proof_settings s ON s.ledger_id = c.ledger_id`;

/** The last one that was kept, heartbeats included; null before the first. */
export async function newestCheckpoint(ledgerId: number, db: Db = pool('screens')): Promise<CheckpointDto | null> {
  return first(db, `${CHECKPOINT} WHERE c.ledger_id = $1 ORDER BY c.number DESC LIMIT 1`, [ledgerId]);
}

/** The last one of an incarnation that may have ended. */
export async function newestCheckpointOf(ledgerId: number, incarnation: number, db: Db = pool('screens')): Promise<CheckpointDto | null> {
  return first(db, `${CHECKPOINT} WHERE c.ledger_id = $1 AND c.incarnation = $2 ORDER BY c.incarnation DESC, c.number DESC LIMIT 1`, [
    ledgerId,
    incarnation,
  ]);
}

/**
 * Newest first, {@link CHECKPOINTS_PAGE} of those with a number below `before`.
 * @returns `nextBefore`: what to ask for the next page with; null on the last.
 */
export async function listCheckpoints(
  ledgerId: number,
  before: bigint | null,
  db: Db = pool('screens'),
): Promise<{ checkpoints: CheckpointDto[]; nextBefore: string | null }> {
  const { rows } = await db.query<Stored>(
    `${CHECKPOINT} WHERE c.ledger_id = $1 AND c.number < coalesce($2::bigint, 9223372036854775807) ORDER BY c.number DESC LIMIT ${CHECKPOINTS_PAGE + 1}`,
    [ledgerId, before === null ? null : String(before)],
  );
  const page = rows.slice(0, CHECKPOINTS_PAGE).map(toDto);
  return { checkpoints: page, nextBefore: rows.length > page.length ? page[page.length - 1].number : null };
}

export async function listIncarnations(ledgerId: number, db: Db = pool('screens')): Promise<IncarnationDto[]> {
  const { rows } = await db.query<{ number: number; origin: string; began_at: Date; size: string; previous_size: string | null }>(
    'SELECT number, origin, began_at, size, previous_size FROM incarnations WHERE ledger_id = $1 ORDER BY number',
    [ledgerId],
  );
  return rows.map((row) => ({ ...row, began_at: row.began_at.toISOString() }));
}

/** Every verifier key that the ledger's checkpoints were or are signed with, in the order of their use. */
export async function listKeys(ledgerId: number, db: Db = pool('screens')): Promise<SignerKeyDto[]> {
  const { rows } = await db.query<Omit<SignerKeyDto, 'introduced_at'> & { introduced_at: Date }>(
    'SELECT vkey, kind, incarnation, from_size, to_size, introduced_at FROM signer_keys WHERE ledger_id = $1 ORDER BY incarnation, introduced_at, from_size, kind, vkey',
    [ledgerId],
  );
  return rows.map((row) => ({ ...row, introduced_at: row.introduced_at.toISOString() }));
}

async function first(db: Db, query: string, values: unknown[]): Promise<CheckpointDto | null> {
  const { rows } = await db.query<Stored>(query, values);
  return rows[0] === undefined ? null : toDto(rows[0]);
}

function toDto(row: Stored): CheckpointDto {
  const anchors = row.anchors.map(({ kind, target, anchored_at }): AnchorDto => ({ kind, target, anchored_at }));
  return {
    number: row.number,
    incarnation: row.incarnation,
    origin: row.origin,
    size: row.size,
    root: toHex(row.root),
    signed_at: row.signed_at.toISOString(),
    note: cosigned(row),
    anchors,
    // One that was removed and added again is one all the same.
    witnessed:
      new Set(row.anchors.flatMap(({ kind, lines }) => (kind === 'witness' && lines !== null ? signersOf(lines) : []))).size >= row.quorum,
  };
}

/** Names of the keys in what a witness gave. */
function signersOf(lines: string): string[] {
  try {
    return parseSignatureLines(Buffer.from(lines, 'base64')).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The note with the cosignatures that witnesses have given since. Lines that are none are left out: a note with one would be refused by every reader. */
function cosigned({ note, anchors }: Stored): string {
  const text = note.toString('utf8');
  const lines = anchors.flatMap((anchor) => {
    if (anchor.lines === null) return [];
    try {
      return parseSignatureLines(Buffer.from(anchor.lines, 'base64'));
    } catch {
      return [];
    }
  });
  if (lines.length === 0) return text;
  try {
    const { text: said, signatures } = addSignatures(parseNote(text), lines);
    return formatNote(said, signatures);
  } catch {
    return text;
  }
}

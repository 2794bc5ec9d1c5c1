import 'server-only';
import { readRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import type { DestructionDto, DestructionFound, DestructionObject, DestructionState } from '@/lib/schema/destruction';
import { isUuid } from '@/lib/schema/uuid';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

interface Stored {
  id: string;
  number: number;
  scope_kind: DestructionDto['scope']['kind'];
  scope_value: string;
  scope_until: string | null;
  scope_from: bigint | null;
  scope_to: bigint | null;
  state: DestructionState;
  authority: string;
  reason: string;
  records: bigint;
  found: DestructionFound;
  requested_by: string;
  requested_by_id: string;
  requested_at: Date;
  approved_by: string | null;
  approved_at: Date | null;
  approved_found: DestructionFound | null;
  closed_by: string | null;
  closed_at: Date | null;
  close_reason: string | null;
  job_id: string | null;
  job_state: string | null;
  progress_done: number | bigint | null;
  progress_total: number | bigint | null;
  started_at: Date | null;
  finished_at: Date | null;
  outcome: string | null;
  destroyed: bigint;
  left_held: bigint | null;
  left_not_due: bigint | null;
  left_unsound: bigint | null;
  left_holds: number[] | null;
  version: number | null;
  sha256: string | null;
  issued_at: Date | null;
}

const COLUMNS = Prisma.sql`d.id, d.number, d.scope_kind, d.scope_value, d.scope_until::text AS scope_until, d.scope_from, d.scope_to, d.state, d.authority, d.reason, d.records,
  d.found, d.requested_by, d.requested_by_id, d.requested_at, d.approved_by, d.approved_at, d.approved_found, d.closed_by, d.closed_at, d.close_reason, d.job_id,
  j.state AS job_state, j.progress_done, j.progress_total, d.started_at, d.finished_at, d.outcome, d.destroyed, i.*, c.version, encode(c.sha256, 'hex') AS sha256, c.issued_at`;
const WITH_OTHERS = Prisma.sql`LEFT JOIN jobs j ON j.id = d.job_id
  LEFT JOIN LATERAL (SELECT version, sha256, issued_at FROM destruction_certificates x WHERE x.destruction_id = d.id ORDER BY version DESC LIMIT 1) c ON true
  LEFT JOIN LATERAL (
    SELECT sum((SELECT sum(upper(r) - lower(r)) FROM unnest(x.held) r))::bigint AS left_held, sum((SELECT sum(upper(r) - lower(r)) FROM unnest(x.not_due) r))::bigint AS left_not_due,
           sum((SELECT sum(upper(r) - lower(r)) FROM unnest(x.unsound) r))::bigint AS left_unsound,
           (SELECT array_agg(DISTINCT h ORDER BY h) FROM destruction_items y, unnest(y.holds) h WHERE y.destruction_id = d.id) AS left_holds
      FROM destruction_items x WHERE x.destruction_id = d.id) i ON true`;

/** Newest first. @param before a number */
export async function listDestructions(
  tx: Tx,
  ledgerId: number,
  { before, person, limit }: { before: number | null; person: string | null; limit: number },
): Promise<DestructionDto[]> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM destructions d ${WITH_OTHERS}
     WHERE d.ledger_id = ${ledgerId} AND d.number < coalesce(${before}::int, 2147483647) ORDER BY d.number DESC LIMIT ${limit}`;
  return rows.map((row) => toDto(row, person));
}

/** @param name its id, or its number. @returns null where this ledger has none of that name */
export async function findDestruction(tx: Tx, ledgerId: number, name: string, person: string | null): Promise<DestructionDto | null> {
  const where = isUuid(name)
    ? Prisma.sql`d.id = ${name}::uuid`
    : /^[1-9]\d{0,8}$/.test(name)
      ? Prisma.sql`d.number = ${Number(name)}`
      : null;
  if (where === null) return null;
  const [row] = await tx.$queryRaw<
    Stored[]
  >`SELECT ${COLUMNS} FROM destructions d ${WITH_OTHERS} WHERE d.ledger_id = ${ledgerId} AND ${where}`;
  return row === undefined ? null : toDto(row, person);
}

/** Archive objects in which destroyed records lie, in the order of their segments. */
export async function readDestructionObjects(tx: Tx, id: string, limit: number): Promise<DestructionObject[]> {
  const rows = await tx.$queryRaw<
    (Omit<DestructionObject, 'segment' | 'until' | 'removed_at'> & { segment: bigint; until: Date | null; removed_at: Date | null })[]
  >`
    SELECT o.number AS segment, s.store, s.place, s.object_key AS object, s.version_id, o.records, o.state, o.until, o.removed_at
      FROM destruction_objects o JOIN archive_segments s ON s.ledger_id = o.ledger_id AND s.number = o.number
     WHERE o.destruction_id = ${id}::uuid ORDER BY o.number LIMIT ${limit}`;
  return rows.map((row) => ({
    ...row,
    segment: String(row.segment),
    until: row.until?.toISOString() ?? null,
    removed_at: row.removed_at?.toISOString() ?? null,
  }));
}

export interface DestructionItem {
  block: number;
  seqs: SeqRange[];
  destroyed: SeqRange[];
}

/** Blocks of what a request names, in order, from behind one. */
export async function readDestructionItems(tx: Tx, id: string, behind: number, limit: number): Promise<DestructionItem[]> {
  const rows = await tx.$queryRaw<{ block: number; seqs: string; destroyed: string }[]>`
    SELECT block, seqs::text, destroyed::text FROM destruction_items WHERE destruction_id = ${id}::uuid AND block > ${behind} ORDER BY block LIMIT ${limit}`;
  return rows.map(({ block, seqs, destroyed }) => ({ block, seqs: readRanges(seqs) ?? [], destroyed: readRanges(destroyed) ?? [] }));
}

/** The last signed note, as it was signed. */
export async function readCertificateNote(tx: Tx, id: string): Promise<{ version: number; note: Buffer; sha256: string } | null> {
  const [row] = await tx.$queryRaw<{ version: number; note: Uint8Array; sha256: string }[]>`
    SELECT version, note, encode(sha256, 'hex') AS sha256 FROM destruction_certificates WHERE destruction_id = ${id}::uuid ORDER BY version DESC LIMIT 1`;
  return row === undefined ? null : { ...row, note: Buffer.from(row.note) };
}

function toDto(row: Stored, person: string | null): DestructionDto {
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: row.id,
    number: row.number,
    scope: {
      kind: row.scope_kind,
      value: row.scope_kind === 'range' ? `${row.scope_from}–${row.scope_to}` : row.scope_value,
      ...(row.scope_until !== null && { until: row.scope_until }),
      ...(row.scope_from !== null && { from: String(row.scope_from), to: String(row.scope_to) }),
    },
    state: row.state,
    authority: row.authority,
    reason: row.reason,
    records: Number(row.records),
    found: row.found,
    requested: { by: row.requested_by, at: row.requested_at.toISOString() },
    approved: row.approved_at === null ? null : { by: row.approved_by!, at: row.approved_at.toISOString(), found: row.approved_found! },
    closed: row.closed_at === null ? null : { by: row.closed_by!, at: row.closed_at.toISOString(), reason: row.close_reason },
    job:
      row.job_id === null
        ? null
        : {
            id: row.job_id,
            state: row.job_state ?? 'queued',
            done: Number(row.progress_done ?? 0),
            total: row.progress_total === null ? null : Number(row.progress_total),
          },
    started_at: time(row.started_at),
    finished_at: time(row.finished_at),
    outcome: row.outcome,
    destroyed: Number(row.destroyed),
    left: {
      held: Number(row.left_held ?? 0),
      not_due: Number(row.left_not_due ?? 0),
      unsound: Number(row.left_unsound ?? 0),
      holds: row.left_holds ?? [],
    },
    own: person !== null && row.requested_by_id === person,
    certificate: row.version === null ? null : { version: row.version, sha256: row.sha256!, issued_at: row.issued_at!.toISOString() },
  };
}

import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { RefusalError } from '@/lib/schema/errors';
import type { ReportDto, ReportFile, ReportKind } from '@/lib/schema/reports';
import { isUuid } from '@/lib/schema/uuid';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

export const REPORTS_PAGE = 100;

interface Stored {
  id: string;
  slug: string;
  kind: string;
  query: string;
  columns: string[];
  zone: string;
  state: string;
  progress_done: bigint;
  progress_total: bigint | null;
  rows: bigint | null;
  head: bigint | null;
  checkpoint_number: bigint | null;
  checkpoint_size: bigint | null;
  checkpoint_root: Uint8Array | null;
  requested_by: string;
  requested_at: Date;
  finished_at: Date | null;
  expires_at: Date | null;
  error: string | null;
  files: { format: ReportFile; file_name: string; bytes: number; sha256: string }[];
}
const REPORT = Prisma.sql`
  SELECT r.id, l.slug, r.kind, r.query, r.columns, r.zone, j.state, j.progress_done, j.progress_total, r.rows, r.head, r.checkpoint_number,
         c.size AS checkpoint_size, c.root AS checkpoint_root, r.requested_by, r.requested_at, r.finished_at, r.expires_at, j.error,
         coalesce((SELECT jsonb_agg(jsonb_build_object('format', f.format, 'file_name', f.file_name, 'bytes', f.bytes, 'sha256', encode(f.sha256, 'hex'))
                                    ORDER BY array_position(ARRAY['csv', 'jsonl', 'pdf', 'about'], f.format))
                     FROM report_files f WHERE f.report_id = r.id), '[]') AS files
    FROM reports r JOIN jobs j ON j.id = r.id JOIN ledgers l ON l.id = r.ledger_id
    LEFT JOIN checkpoints c ON c.ledger_id = r.ledger_id AND c.number = r.checkpoint_number`;

/**
 * The newest reports of these ledgers, whoever asked for them, at most {@link REPORTS_PAGE}.
 * @param before only those asked for earlier, or in that moment with a smaller id
 */
export async function listReports(
  tx: Tx,
  ledgerIds: readonly number[],
  before: { at: Date; id: string } | null = null,
): Promise<ReportDto[]> {
  const behind = before === null ? Prisma.sql`true` : Prisma.sql`(r.requested_at, r.id) < (${before.at}::timestamptz, ${before.id}::uuid)`;
  const rows = await tx.$queryRaw<Stored[]>`
    ${REPORT} WHERE r.ledger_id = ANY (${[...ledgerIds]}::int[]) AND ${behind} ORDER BY r.requested_at DESC, r.id DESC LIMIT ${REPORTS_PAGE}`;
  return rows.map(toDto);
}

/** Where a page of reports goes on: "TIME_ID" of its last. @throws RefusalError format at /before */
export function readReportCursor(before: string | null): { at: Date; id: string } | null {
  if (before === null || before === '') return null;
  const [time = '', id = ''] = before.split('_');
  const at = new Date(time);
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(time) || Number.isNaN(at.getTime()) || !isUuid(id))
    throw new RefusalError('format', 'The cursor "before" is none that this list gave out.', '/before');
  return { at, id };
}

export function nextReports(rows: readonly ReportDto[]): string | null {
  const last = rows[REPORTS_PAGE - 1];
  return last === undefined ? null : `${last.requested_at}_${last.id}`;
}

/** @returns null where this ledger has none of that id */
export async function findReport(tx: Tx, ledgerId: number, id: string): Promise<ReportDto | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.$queryRaw<Stored[]>`${REPORT} WHERE r.id = ${id}::uuid AND r.ledger_id = ${ledgerId}`;
  return row === undefined ? null : toDto(row);
}

function toDto(row: Stored): ReportDto {
  const expired = row.state === 'done' && row.expires_at !== null && row.expires_at <= new Date();
  const { checkpoint_number: number, checkpoint_size: size, checkpoint_root: root } = row;
  return {
    id: row.id,
    ledger: row.slug,
    kind: row.kind as ReportKind,
    query: row.query,
    columns: row.columns,
    zone: row.zone,
    state: expired ? 'expired' : (row.state as ReportDto['state']),
    progress_done: Number(row.progress_done),
    progress_total: row.progress_total === null ? null : Number(row.progress_total),
    rows: row.rows === null ? null : Number(row.rows),
    head: row.head === null ? null : String(row.head),
    checkpoint:
      number === null || size === null || root === null ? null : { number: String(number), size: String(size), root: toHex(root) },
    files: row.files,
    requested_by: row.requested_by,
    requested_at: row.requested_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    error: row.error,
  };
}

import 'server-only';
import * as z from 'zod/mini';
import { toHex } from '@/lib/chain/bytes';
import type { EvidenceScope, ExportContentDto, ExportDto } from '@/lib/schema/proofs';
import { isUuid } from '@/lib/schema/uuid';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';

/** What is kept of the words of an export: why they were asked for, by whom, and, once it is made, how many there are. */
const StoredContent = z.looseObject({
  purpose: z.string(),
  note: z.optional(z.string()),
  user_id: z.string(),
  parts: z.optional(z.number()),
  left_out: z.optional(z.number()),
  shredded: z.optional(z.number()),
  unreadable: z.optional(z.number()),
});

const EXPORTS_SHOWN = 100;

interface Row {
  id: string;
  scope: unknown;
  requested_by: string;
  requested_at: Date;
  file_name: string | null;
  records: bigint | null;
  bytes: bigint | null;
  sha256: Uint8Array | null;
  finished_at: Date | null;
  expires_at: Date | null;
  content: unknown;
  shredded_at: Date | null;
  job: { state: string; progress_done: bigint; progress_total: bigint | null; error: string | null };
}

/** The newest exports of a ledger, whoever made them; @param before only those asked for earlier. */
export async function listExports(tx: Tx, ledger: LedgerRow, before: Date | null = null): Promise<ExportDto[]> {
  const rows = await tx.export.findMany({
    where: { ledger_id: ledger.id, ...(before === null ? {} : { requested_at: { lt: before } }) },
    include: { job: true },
    orderBy: { requested_at: 'desc' },
    take: EXPORTS_SHOWN,
  });
  return rows.map((row) => toDto(row, ledger));
}

/** @returns null where this ledger has none of that id */
export async function findExport(tx: Tx, ledger: LedgerRow, id: string): Promise<ExportDto | null> {
  if (!isUuid(id)) return null;
  const row = await tx.export.findFirst({ where: { id, ledger_id: ledger.id }, include: { job: true } });
  return row === null ? null : toDto(row, ledger);
}

function contentOf(stored: unknown): ExportContentDto | null {
  const read = z.safeParse(StoredContent, stored);
  if (!read.success) return null;
  const { purpose, note = null, parts = null, left_out = null, shredded = null, unreadable = null } = read.data;
  return { purpose, note, parts, left_out, shredded, unreadable };
}

/** Of a bundle with words: who asked for it, who alone may take it. @returns null where there are no words in it */
export async function wordsAskedBy(tx: Tx, ledger: LedgerRow, id: string): Promise<string | null> {
  const row = await tx.export.findFirst({ where: { id, ledger_id: ledger.id }, select: { content: true } });
  const read = z.safeParse(StoredContent, row?.content);
  return read.success ? read.data.user_id : null;
}

function toDto(row: Row, ledger: LedgerRow): ExportDto {
  const expired = row.job.state === 'done' && row.expires_at !== null && row.expires_at <= new Date();
  return {
    id: row.id,
    ledger: ledger.slug,
    kind: 'evidence',
    scope: row.scope as EvidenceScope,
    state: row.shredded_at !== null ? 'shredded' : expired ? 'expired' : (row.job.state as ExportDto['state']),
    content: contentOf(row.content),
    progress_done: Number(row.job.progress_done),
    progress_total: row.job.progress_total === null ? null : Number(row.job.progress_total),
    records: row.records === null ? null : Number(row.records),
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256 === null ? null : toHex(row.sha256),
    file_name: row.file_name,
    requested_by: row.requested_by,
    requested_at: row.requested_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    error: row.job.error,
  };
}

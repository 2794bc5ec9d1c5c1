import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { toHex } from '@/lib/chain/bytes';
import { prisma } from '@/lib/db';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readHead } from '@/lib/ledger/read-entries';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, type ViewInput } from './audited-screen';

const EXPORTS_SHOWN = 100;

interface ExportRow {
  id: string;
  kind: 'evidence';
  scope: EvidenceScope;
  state: ExportDto['state'];
  progress_done: bigint;
  progress_total: bigint | null;
  records: bigint | null;
  bytes: bigint | null;
  sha256: Uint8Array | null;
  file_name: string | null;
  requested_by: string;
  requested_at: Date;
  finished_at: Date | null;
  expires_at: Date | null;
  error: string | null;
}

async function readExports(tx: Tx, ledger: LedgerRow, now: Date): Promise<ExportDto[]> {
  const rows = await tx.$queryRaw<ExportRow[]>`
    SELECT e.id, e.kind, e.scope, j.state, j.progress_done, j.progress_total, e.records, e.bytes, e.sha256, e.file_name, e.requested_by, e.requested_at,
           e.finished_at, e.expires_at, j.error
      FROM exports e JOIN jobs j ON j.id = e.id WHERE e.ledger_id = ${ledger.id} ORDER BY e.requested_at DESC LIMIT ${EXPORTS_SHOWN}`;
  return rows.map((row) => ({
    ...row,
    ledger: ledger.slug,
    state: row.state === 'done' && row.expires_at !== null && row.expires_at <= now ? 'expired' : row.state,
    progress_done: Number(row.progress_done),
    progress_total: row.progress_total === null ? null : Number(row.progress_total),
    records: row.records === null ? null : Number(row.records),
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256 === null ? null : toHex(row.sha256),
    requested_at: row.requested_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
  }));
}

/** The newest exports of a ledger, whoever made them. */
export async function viewExports(
  viewer: Viewer,
  input: ViewInput,
): Promise<{ frame: FrameDto; exports: ExportDto[]; head: string | null }> {
  return auditedScreen(viewer, input, { permission: 'evidence.export', screen: '/exports' }, async ({ ledger }) => ({
    exports: await readExports(prisma(), ledger, new Date()),
    head: (await readHead(prisma(), ledger.id))?.seq.toString() ?? null,
  }));
}

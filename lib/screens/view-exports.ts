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

async function readExports(tx: Tx, ledger: LedgerRow, now: Date): Promise<ExportDto[]> {
  const rows = await tx.export.findMany({
    where: { ledger_id: ledger.id },
    include: { job: true },
    orderBy: { requested_at: 'desc' },
    take: EXPORTS_SHOWN,
  });
  return rows.map((row) => ({
    id: row.id,
    ledger: ledger.slug,
    kind: 'evidence',
    scope: row.scope as EvidenceScope,
    state: row.job.state === 'done' && row.expires_at !== null && row.expires_at <= now ? 'expired' : (row.job.state as ExportDto['state']),
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

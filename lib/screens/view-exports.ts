import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readHead } from '@/lib/ledger/read-entries';
import { listExports } from '@/lib/ledger/read-exports';
import type { ExportDto } from '@/lib/schema/proofs';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

const EXPORTS_PAGE = 100;

export interface ExportsView {
  exports: ExportDto[];
  /** Asks for exports requested before this time (`?before=`), null on the last page. */
  next_before: string | null;
  /** Position of the newest record; null for an empty ledger. */
  head: string | null;
}

/** The exports of a ledger, whoever made them, newest first. @throws RefusalError format at /before */
export async function viewExports(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ExportsView> {
  const asked = input.params?.get('before') || null;
  const before = asked === null ? null : new Date(asked);
  if (before !== null && (Number.isNaN(before.getTime()) || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(asked!))) {
    refuse('format', 'The cursor "before" is not a time in UTC.', '/before');
  }
  return auditedScreen(viewer, input, { permission: 'evidence.export', screen: '/exports' }, async ({ ledger }) => {
    const exports = await listExports(prisma(), ledger, before);
    return {
      exports,
      next_before: exports.length < EXPORTS_PAGE ? null : exports[exports.length - 1]!.requested_at,
      head: (await readHead(prisma(), ledger.id))?.seq.toString() ?? null,
    };
  });
}

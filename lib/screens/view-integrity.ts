import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readHead, sayHead } from '@/lib/ledger/read-entries';
import { findRun, listRuns, RUNS_PAGE } from '@/lib/ledger/read-verifications';
import { maskBreaks } from '@/lib/policy/mask-breaks';
import type { FrameDto, HeadDto, IntegrityDto } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';
import type { VerificationDto } from '@/lib/schema/verification';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';
import { readProofs } from './view-proofs';

/**
 * Where the ledger stands, how far it is signed and anchored, and the runs over it, newest first, 50 a page (`?before=` a time); checkpoints likewise
 * (`?checkpoint=` a number). @throws RefusalError format at /before or /checkpoint
 */
export async function viewIntegrity(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & IntegrityDto> {
  const asked = input.params?.get('before') || null;
  const before = asked === null ? null : new Date(asked);
  if (before !== null && (Number.isNaN(before.getTime()) || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(asked!))) {
    refuse('format', 'The cursor "before" is not a time in UTC.', '/before');
  }
  const below = input.params?.get('checkpoint') || null;
  if (below !== null && !/^\d{1,18}$/.test(below)) refuse('format', 'The cursor "checkpoint" is not a number.', '/checkpoint');
  return auditedScreen(viewer, input, { permission: 'integrity.read', screen: '/integrity' }, async ({ ledger }) => {
    const runs = await listRuns(prisma(), ledger, before);
    return {
      head: sayHead(await readHead(prisma(), ledger.id)),
      origin: ledger.origin,
      runs,
      next_before: runs.length < RUNS_PAGE ? null : runs[runs.length - 1]!.requested_at,
      ...(await readProofs(ledger, below === null ? null : BigInt(below))),
    };
  });
}

/** One run with its breaks. @throws RefusalError not_found, also for a run over another ledger */
export async function viewVerification(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; verification: VerificationDto }> {
  const id = input.id ?? '';
  const look = { permission: 'integrity.read', screen: '/integrity/[id]', details: { verification: id } } as const;
  return auditedScreen(viewer, input, look, async ({ ledger, role }) => {
    const verification = isUuid(id) ? await findRun(prisma(), ledger, id) : null;
    if (verification === null) refuse('not_found', 'There is no such verification of this ledger.');
    return { verification: maskBreaks(verification, role) };
  });
}

/** The last entry's position and hash: what a witness keeps. */
export async function viewHead(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & HeadDto> {
  return auditedScreen(viewer, input, { permission: 'integrity.read', screen: '/integrity' }, async ({ ledger }) => ({
    ledger: ledger.slug,
    origin: ledger.origin,
    head: sayHead(await readHead(prisma(), ledger.id)),
  }));
}

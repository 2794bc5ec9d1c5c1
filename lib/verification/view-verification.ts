import 'server-only';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { findRun } from '@/lib/ledger/read-verifications';
import { maskBreaks } from '@/lib/policy/mask-breaks';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { VerificationDto } from '@/lib/schema/verification';

/**
 * How far a run has come, or what it found. While it goes on a page asks every second, and is told counts alone: that is one of the few reads
 * without an entry of its own (lib/access-log/exemptions). What an ended run found can quote records, so that it is recorded first like any other look.
 * @throws RefusalError not_found, forbidden, audit_unavailable
 */
export async function viewVerification(viewer: Viewer, asked: string | null, id: string): Promise<VerificationDto> {
  const slug = await chooseLedger(viewer, asked);
  const { ledger } = await grant(viewer, slug, 'integrity.read', SCREEN);
  const run = isUuid(id) ? await findRun(prisma(), ledger, id) : null;
  if (run === null) throw new RefusalError('not_found', 'There is no such verification of this ledger.');
  if (run.state === 'queued' || run.state === 'running') return { ...run, breaks: [] };
  const what = { action: 'screen_viewed', screen: SCREEN, details: { verification: id } } as const;
  return auditedRead(viewer, slug, 'integrity.read', what, async ({ role }) => maskBreaks(run, role));
}

const SCREEN = '/api/v1/verifications/{id}';

import 'server-only';
import { grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { findRun } from '@/lib/ledger/read-verifications';
import { RefusalError } from '@/lib/schema/errors';
import type { VerificationDto } from '@/lib/schema/verification';

/**
 * How far a run has come, and what it found. A page asks this twice a second, so that it is one of the few reads without an entry of its own
 * (lib/access-log/exemptions); the role is asked for all the same.
 * @throws RefusalError not_found, forbidden
 */
export async function viewVerification(viewer: Viewer, asked: string | null, id: string): Promise<VerificationDto> {
  const { ledger } = await grant(viewer, await chooseLedger(viewer, asked), 'integrity.read', '/api/v1/verifications/{id}');
  const run = isRunId(id) ? await findRun(prisma(), ledger, id) : null;
  if (run === null) throw new RefusalError('not_found', 'There is no such verification of this ledger.');
  return run;
}

export function isRunId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

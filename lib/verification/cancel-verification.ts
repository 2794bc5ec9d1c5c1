import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { cancelJob } from '@/lib/jobs/cancel-job';
import { findRun } from '@/lib/ledger/read-verifications';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { VerificationDto } from '@/lib/schema/verification';

/**
 * Cancels a run; one that is under way stops within seconds and keeps no result.
 * @throws RefusalError not_found; conflict where it has ended already; and as auditedChange
 */
export async function cancelVerification(viewer: Viewer, asked: string | null, id: string): Promise<VerificationDto> {
  const slug = await chooseLedger(viewer, asked);
  const ledger = await auditedChange(
    viewer,
    slug,
    'integrity.run',
    { action: 'verification_cancelled', screen: '/api/v1/verifications/{id}/cancel', resource: { type: 'verification', id } },
    async (tx, granted) => {
      if (!isUuid(id) || (await findRun(tx, granted.ledger, id)) === null)
        throw new RefusalError('not_found', 'There is no such verification of this ledger.');
      if (!(await cancelJob(tx, id))) throw new RefusalError('conflict', 'This verification has ended already.');
      return granted.ledger;
    },
  );
  return (await findRun(prisma(), ledger, id))!;
}

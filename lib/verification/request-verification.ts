import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { countOpen } from '@/lib/jobs/count-open';
import { wakeQueue } from '@/lib/jobs/queue';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findRun } from '@/lib/ledger/read-verifications';
import { RefusalError } from '@/lib/schema/errors';
import type { VerificationDto, VerificationScope } from '@/lib/schema/verification';
import { insertRun, VERIFICATION } from './insert-run';

/** Of a bigint in the database. */
const LAST_POSITION = 2n ** 63n - 1n;

/** Runs that may wait or run at once on one ledger: each reads all of it. */
const OPEN_RUNS = 20;

/**
 * Asks for a run; with the archive as its source too, where that is asked for. It is entered in the access ledger in the transaction that makes the job.
 * @throws RefusalError out_of_range, not_found, conflict, and as auditedChange
 */
export async function requestVerification(
  viewer: Viewer,
  asked: string | null,
  scope: VerificationScope,
  archive = false,
): Promise<VerificationDto> {
  const slug = await chooseLedger(viewer, asked);
  if (scope.kind === 'range' && (BigInt(scope.from) > BigInt(scope.to) || BigInt(scope.to) > LAST_POSITION))
    throw new RefusalError('out_of_range', 'A range ends at or after the position where it begins.', '/scope/to');
  const { id, ledger } = await auditedChange<{ id: string; ledger: LedgerRow }>(
    viewer,
    slug,
    'integrity.run',
    ({ id }) => ({
      action: 'verification_run',
      screen: '/api/v1/verifications',
      resource: { type: 'verification', id },
      details: { scope, ...(archive && { archive }) },
    }),
    async (tx, { ledger }) => {
      if (scope.kind === 'conversation') {
        // One that somebody took out of the list can be verified all the same.
        const where = { ledger_id: ledger.id, conversation_id: scope.conversation_id };
        if ((await tx.conversation.count({ where })) === 0 && (await tx.record.findFirst({ where, select: { seq: true } })) === null)
          throw new RefusalError('not_found', 'There is no such conversation in this ledger.', '/scope/conversation_id');
      }
      const open = await countOpen(tx, ledger.id, [VERIFICATION]);
      if (open >= OPEN_RUNS)
        throw new RefusalError('conflict', `${open} verifications of this ledger are waiting or running; wait for one, or cancel it.`);
      const id = await insertRun(tx, ledger.id, scope, viewer.person.email || viewer.person.name, 'person', archive);
      return { id, ledger };
    },
  );
  await wakeQueue([id]);
  return (await findRun(prisma(), ledger, id))!;
}

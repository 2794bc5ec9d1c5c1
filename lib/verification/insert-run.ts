import 'server-only';
import { enqueue } from '@/lib/jobs/queue';
import type { VerificationScope, VerificationTrigger } from '@/lib/schema/verification';
import type { Prisma } from '@/prisma/generated/client';

/** The kind of job; lib/server gives the worker its task. */
export const VERIFICATION = 'verification';

/** Writes a run and its job in the caller's transaction; call wakeQueue when that is committed. @param archive fetches what is archived too. @returns the id of both */
export async function insertRun(
  tx: Prisma.TransactionClient,
  ledgerId: number,
  scope: VerificationScope,
  requestedBy: string,
  trigger: VerificationTrigger = 'person',
  archive = false,
): Promise<string> {
  const id = await enqueue(tx, { kind: VERIFICATION, ledgerId, params: { scope: { ...scope }, ...(archive && { archive }) }, requestedBy });
  await tx.verification.create({
    data: {
      id,
      ledger_id: ledgerId,
      scope_kind: scope.kind,
      from_seq: scope.kind === 'range' ? BigInt(scope.from) : null,
      to_seq: scope.kind === 'range' ? BigInt(scope.to) : null,
      conversation_id: scope.kind === 'conversation' ? scope.conversation_id : null,
    },
  });
  if (trigger !== 'person') await tx.$executeRaw`UPDATE verifications SET triggered_by = ${trigger} WHERE id = ${id}::uuid`;
  return id;
}

import 'server-only';
import { overrideStatus } from '@/lib/auth/request-context';
import { appendRecord } from '@/lib/ledger/append-records';
import { appendWithin } from '@/lib/ledger/append-within';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import type { Prisma } from '@/prisma/generated/client';
import { type AccessActor, type AccessWhat, prepareAccess } from './access-entry';

/**
 * Durable when it returns.
 * @param ledger slug of the ledger that was looked at, null where the act concerns none.
 * @throws RefusalError audit_unavailable: then nothing may be shown or done.
 */
export async function appendAccess(actor: AccessActor, ledger: string | null, what: AccessWhat): Promise<void> {
  try {
    const { ledgerId, record } = await prepareAccess(actor, ledger, what);
    const { kind } = await appendRecord(ledgerId, record);
    if (kind !== 'stored' && kind !== 'duplicate') throw new Error(`the access record was answered with ${kind}`);
  } catch (error) {
    throw unavailable(error);
  }
}

/** As the last act of a transaction, so that a change and its record are committed together or not at all. */
export async function appendAccessWithin(
  tx: Prisma.TransactionClient,
  actor: AccessActor,
  ledger: string | null,
  what: AccessWhat,
): Promise<void> {
  try {
    const { ledgerId, record } = await prepareAccess(actor, ledger, what);
    await appendWithin(tx, ledgerId, record);
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): RefusalError {
  log.error({ err: error }, 'an access record could not be written');
  overrideStatus(503, { 'Retry-After': '1' });
  return new RefusalError('audit_unavailable');
}

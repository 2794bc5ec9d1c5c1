import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { isBusy, prisma } from '@/lib/db';
import { log } from '@/lib/log';
import type { Permission } from '@/lib/policy/permissions';
import { RefusalError } from '@/lib/schema/errors';
import type { Prisma } from '@/prisma/generated/client';
import { type AccessActor, type AccessWhat, actorOf } from './access-entry';
import { appendAccessWithin } from './append-access';
import { type Granted, grant } from './audited-read';

/**
 * A change and its access record in one transaction: both, or neither.
 * @param record may be made from what the change returned, such as the id that it gave out.
 * @throws RefusalError as auditedRead, and whatever the change refuses.
 */
export async function auditedChange<T>(
  viewer: Viewer,
  ledgerSlug: string,
  permission: Permission,
  record: AccessWhat | ((result: T) => AccessWhat),
  change: (tx: Prisma.TransactionClient, granted: Granted) => Promise<T>,
  patienceMs?: number,
): Promise<T> {
  const screen = typeof record === 'function' ? permission : record.screen;
  const granted = await grant(viewer, ledgerSlug, permission, screen);
  return recordedChange(actorOf(viewer, granted.role), ledgerSlug, record, (tx) => change(tx, granted), patienceMs);
}

/**
 * The same where no role decides: a sign-in, the own account, the installation itself.
 * @param patienceMs for how long the transaction may take
 */
export function recordedChange<T>(
  actor: AccessActor,
  ledger: string | null,
  record: AccessWhat | ((result: T) => AccessWhat),
  change: (tx: Prisma.TransactionClient) => Promise<T>,
  patienceMs = 5_000,
): Promise<T> {
  const both = async (tx: Prisma.TransactionClient) => {
    const result = await change(tx);
    await appendAccessWithin(tx, actor, ledger, typeof record === 'function' ? record(result) : record);
    return result;
  };
  return prisma()
    .$transaction(both, { timeout: patienceMs })
    .catch((error: unknown) => {
      // Lost at the commit, or before anything could be asked: whether both were made is not known, and a bug it is not.
      if (isBusy(error) || !isLostConnection(error)) throw error;
      log.error({ err: error }, 'the outcome of a change is unknown');
      throw new RefusalError(
        'outcome_unknown',
        'The database did not answer. The change may have been made or not: look before you repeat it.',
      );
    });
}

/** Prisma's codes for a server that cannot be reached, closed the connection, or let a transaction run out. */
const LOST = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);
function isLostConnection(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return (typeof code === 'string' && LOST.has(code)) || name === 'DriverAdapterError';
}

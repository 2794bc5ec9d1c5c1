import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { Permission } from '@/lib/policy/permissions';
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
): Promise<T> {
  const screen = typeof record === 'function' ? permission : record.screen;
  const granted = await grant(viewer, ledgerSlug, permission, screen);
  return recordedChange(actorOf(viewer, granted.role), ledgerSlug, record, (tx) => change(tx, granted));
}

/** The same where no role decides: a sign-in, the own account, the installation itself. */
export function recordedChange<T>(
  actor: AccessActor,
  ledger: string | null,
  record: AccessWhat | ((result: T) => AccessWhat),
  change: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return prisma().$transaction(async (tx) => {
    const result = await change(tx);
    await appendAccessWithin(tx, actor, ledger, typeof record === 'function' ? record(result) : record);
    return result;
  });
}

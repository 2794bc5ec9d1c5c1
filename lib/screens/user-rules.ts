import 'server-only';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { Role } from '@/lib/schema/vocabulary';
import type { Prisma } from '@/prisma/generated/client';

export interface RoleOn {
  ledger: string;
  role: Role;
}

/** Roles are changed one after another, so that two administrators cannot remove each other at the same moment. Held until the transaction ends. */
export async function lockRoles(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(1212564295, 0)`;
}

/**
 * Ids by slug of the ledgers that a person administers, asked again under the lock: the role that let the change begin may be gone by now.
 * @throws RefusalError forbidden
 */
export async function administeredLedgers(
  tx: Prisma.TransactionClient,
  userId: string,
  granted: { ledger: { slug: string } },
): Promise<Map<string, number>> {
  await lockRoles(tx);
  const held = await tx.membership.findMany({
    where: { user_id: userId, role: 'administrator' },
    include: { ledger: { select: { slug: true } } },
  });
  const administered = new Map(held.map((membership) => [membership.ledger.slug, membership.ledger_id]));
  if (!administered.has(granted.ledger.slug)) throw new RefusalError('forbidden');
  return administered;
}

/**
 * What concerns the whole account (disabling it, a link that sets its password) takes an administrator of everything that the account reaches: else the
 * administrator of one ledger could take over a person of another.
 * @throws RefusalError forbidden
 */
export async function requireWholeAccount(tx: Prisma.TransactionClient, administered: Map<string, number>, userId: string): Promise<void> {
  const beyond = await tx.membership.count({ where: { user_id: userId, ledger_id: { notIn: [...administered.values()] } } });
  if (beyond > 0) throw new RefusalError('forbidden', 'This person also has a role on a ledger that you do not administer.');
}

/**
 * To be asked after the change, in its transaction: somebody who can sign in must be left to administer each ledger.
 * @throws RefusalError conflict
 */
export async function requireAdministratorLeft(tx: Prisma.TransactionClient, ledgerIds: Iterable<number>): Promise<void> {
  for (const ledgerId of ledgerIds) {
    const left = await tx.membership.count({
      where: {
        ledger_id: ledgerId,
        role: 'administrator',
        user: { disabled_at: null, OR: [{ password_hash: { not: null } }, { oidc_subject: { not: null } }] },
      },
    });
    if (left === 0) throw new RefusalError('conflict', 'This is the last administrator of a ledger; make somebody else one first.');
  }
}

/** @throws RefusalError not_found */
export async function findManaged(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<Prisma.UserGetPayload<{ include: typeof WITH_ROLES }>> {
  const user = isUuid(id) ? await tx.user.findUnique({ where: { id }, include: WITH_ROLES }) : null;
  if (user === null) throw new RefusalError('not_found', 'There is no such user.');
  return user;
}

export const WITH_ROLES = { memberships: { include: { ledger: { select: { slug: true } } } } } as const;

export function rolesOf(user: { memberships: { role: string; ledger: { slug: string } }[] }): RoleOn[] {
  return user.memberships
    .map((membership) => ({ ledger: membership.ledger.slug, role: membership.role as Role }))
    .sort((a, b) => (a.ledger < b.ledger ? -1 : 1));
}

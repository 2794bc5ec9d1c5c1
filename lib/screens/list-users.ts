import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { may } from '@/lib/policy/permissions';
import type { UserRow } from '@/lib/schema/screens';
import type { Role } from '@/lib/schema/vocabulary';
import type { User } from '@/prisma/generated/client';
import { rolesOf, WITH_ROLES } from './user-rules';

export interface UserList {
  users: UserRow[];
  /** Ledgers on which the viewer may give roles. */
  administers: { id: string; name: string }[];
  may_manage: boolean;
}

/** For the API, where the ledger need not be named. */
export async function listUsersOf(viewer: Viewer, asked: string | null): Promise<UserList> {
  return listUsers(viewer, await chooseLedger(viewer, asked));
}

/** People with a role on a ledger whose settings the viewer may see; of their roles only those are told. */
export async function listUsers(viewer: Viewer, ledger: string): Promise<UserList> {
  return auditedRead(viewer, ledger, 'settings.read', { action: 'screen_viewed', screen: '/settings/users' }, async ({ role }) => {
    const held = await prisma().membership.findMany({
      where: { user_id: viewer.person.id },
      include: { ledger: { select: { slug: true, name: true } } },
      orderBy: { ledger_id: 'asc' },
    });
    const seen = held.filter((membership) => may(membership.role as Role, 'settings.read'));
    const administered = held.filter((membership) => may(membership.role as Role, 'users.manage'));
    const within = { ledger_id: { in: seen.map((membership) => membership.ledger_id) } };
    const users = await prisma().user.findMany({
      // People without any role are found by administrators alone: somebody has to be able to give them one.
      where: { OR: [{ memberships: { some: within } }, ...(administered.length > 0 ? [{ memberships: { none: {} } }] : [])] },
      include: { memberships: { where: within, ...WITH_ROLES.memberships } },
      orderBy: { email: 'asc' },
    });
    return {
      users: users.map(userRow),
      administers: administered.map((membership) => ({ id: membership.ledger.slug, name: membership.ledger.name })),
      may_manage: may(role, 'users.manage'),
    };
  });
}

export function userRow(user: User & { memberships: { role: string; ledger: { slug: string } }[] }): UserRow {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    roles: rolesOf(user),
    disabled_at: user.disabled_at?.toISOString() ?? null,
    created_at: user.created_at.toISOString(),
    last_seen_at: user.last_seen_at?.toISOString() ?? null,
    sign_in: user.oidc_subject !== null ? 'oidc' : user.password_hash !== null ? 'password' : 'invited',
  };
}

import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { endResetLinks, makeLink } from '@/lib/auth/one-time-link';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import { revokeSessionsOf } from '@/lib/auth/sessions';
import type { Viewer } from '@/lib/auth/viewer';
import { RefusalError } from '@/lib/schema/errors';
import type { UserRow } from '@/lib/schema/screens';
import type { Prisma } from '@/prisma/generated/client';
import { userRow } from './list-users';
import {
  administeredLedgers,
  findManaged,
  type RoleOn,
  requireAdministratorLeft,
  requireWholeAccount,
  rolesOf,
  WITH_ROLES,
} from './user-rules';

const SCREEN = '/settings/users';

/**
 * Makes an account without a password and the link by which its owner sets one.
 * @returns the link as a path; it is told once.
 * @throws RefusalError conflict: the address is taken; forbidden: a role on a ledger that the viewer does not administer
 */
export async function inviteUser(
  viewer: Viewer,
  ledger: string | null | undefined,
  given: { email: string; name: string; roles: RoleOn[] },
  now: Date = new Date(),
): Promise<{ user: UserRow; link: string }> {
  const email = given.email.toLowerCase();
  const record = () => ({
    action: 'user_changed' as const,
    screen: SCREEN,
    resource: { type: 'user', id: email },
    details: { change: 'invited', roles: given.roles },
  });
  return auditedChange(viewer, await chooseLedger(viewer, ledger), 'users.manage', record, async (tx, granted) => {
    requireConfirmed(viewer);
    const administered = await administeredLedgers(tx, viewer.person.id, granted);
    if ((await tx.user.count({ where: { email } })) > 0)
      throw new RefusalError('conflict', 'This address already has an account.', '/email');
    const { id } = await tx.user.create({ data: { email, name: given.name } });
    await setRoles(tx, administered, id, given.roles, now);
    const link = await makeLink(tx, 'invitation', id, now);
    return { user: userRow(await tx.user.findUniqueOrThrow({ where: { id }, include: WITH_ROLES })), link };
  });
}

/** @throws RefusalError not_found, forbidden, conflict (the last administrator) */
export async function changeUser(
  viewer: Viewer,
  ledger: string | null | undefined,
  id: string,
  change: { name?: string; disabled?: boolean; roles?: RoleOn[] },
  now: Date = new Date(),
): Promise<UserRow> {
  let before: { email: string; roles: RoleOn[] } | undefined;
  const record = (after: UserRow) => ({
    action: 'user_changed' as const,
    screen: SCREEN,
    resource: { type: 'user', id: after.email },
    details: {
      ...(change.name === undefined ? {} : { name: after.name }),
      ...(change.disabled === undefined ? {} : { change: change.disabled ? 'disabled' : 'enabled' }),
      ...(change.roles === undefined ? {} : { roles_before: before?.roles, roles: after.roles }),
    },
  });
  return auditedChange(viewer, await chooseLedger(viewer, ledger), 'users.manage', record, async (tx, granted) => {
    requireConfirmed(viewer);
    const administered = await administeredLedgers(tx, viewer.person.id, granted);
    const user = await findManaged(tx, id);
    const theirs = (roles: RoleOn[]) => roles.filter((role) => administered.has(role.ledger));
    before = { email: user.email, roles: theirs(rolesOf(user)) };
    if (change.roles !== undefined) await setRoles(tx, administered, id, change.roles, now);
    if (change.name !== undefined || change.disabled !== undefined) {
      await requireWholeAccount(tx, administered, id);
      const disabled = change.disabled === undefined ? {} : { disabled_at: change.disabled ? (user.disabled_at ?? now) : null };
      await tx.user.update({ where: { id }, data: { ...(change.name === undefined ? {} : { name: change.name }), ...disabled } });
      if (change.disabled === true) await revokeSessionsOf(tx, id, now);
    }
    await requireAdministratorLeft(tx, administered.values());
    const after = userRow(await tx.user.findUniqueOrThrow({ where: { id }, include: WITH_ROLES }));
    return { ...after, roles: theirs(after.roles) };
  });
}

/** A new link by which the owner sets a password; earlier links end. The old password stays until the link is used. */
export async function makeUserLink(
  viewer: Viewer,
  ledger: string | null | undefined,
  id: string,
  now: Date = new Date(),
): Promise<{ link: string }> {
  const record = (made: { email: string }) => ({
    action: 'user_changed' as const,
    screen: SCREEN,
    resource: { type: 'user', id: made.email },
    details: { change: 'link_made' },
  });
  const { link } = await auditedChange(viewer, await chooseLedger(viewer, ledger), 'users.manage', record, async (tx, granted) => {
    requireConfirmed(viewer);
    const user = await findManaged(tx, id);
    if (user.disabled_at !== null) throw new RefusalError('conflict', 'The account is disabled; enable it first.');
    await requireWholeAccount(tx, await administeredLedgers(tx, viewer.person.id, granted), id);
    return { email: user.email, link: await makeLink(tx, user.password_hash === null ? 'invitation' : 'password_reset', id, now) };
  });
  return { link };
}

/** The complete list over the ledgers that the viewer administers; roles on other ledgers are out of reach and stay. */
async function setRoles(
  tx: Prisma.TransactionClient,
  administered: Map<string, number>,
  userId: string,
  roles: RoleOn[],
  now: Date,
): Promise<void> {
  if (new Set(roles.map((role) => role.ledger)).size !== roles.length) throw new RefusalError('format', 'One role a ledger.', '/roles');
  for (const [place, { ledger }] of roles.entries()) {
    if (!administered.has(ledger)) throw new RefusalError('forbidden', 'You do not administer that ledger.', `/roles/${place}/ledger`);
  }
  const kept = roles.map(({ ledger }) => administered.get(ledger)!);
  const held = await tx.membership.findMany({ where: { user_id: userId }, select: { ledger_id: true } });
  // A link that somebody made while they administered all that the account reached must not open what it reaches from now on.
  if (kept.some((ledgerId) => held.every((membership) => membership.ledger_id !== ledgerId))) await endResetLinks(tx, userId, now);
  await tx.membership.deleteMany({
    where: { user_id: userId, ledger_id: { in: [...administered.values()].filter((id) => !kept.includes(id)) } },
  });
  for (const { ledger, role } of roles) {
    const key = { user_id: userId, ledger_id: administered.get(ledger)! };
    await tx.membership.upsert({ where: { user_id_ledger_id: key }, create: { ...key, role }, update: { role } });
  }
}

import 'server-only';
import { recordedChange } from '@/lib/access-log/audited-change';
import { findLink, type LinkPurpose, type OpenLink, spendLink } from '@/lib/auth/one-time-link';
import { checkNewPassword, hashPassword } from '@/lib/auth/password';
import { revokeSessionsOf } from '@/lib/auth/sessions';
import { RefusalError } from '@/lib/schema/errors';
import { EMAIL } from '@/lib/schema/settings';
import type { Prisma } from '@/prisma/generated/client';
import { lockRoles } from './user-rules';

const GONE = 'This link has been used, has run out or never was; ask an administrator for another.';

export interface SetupGiven {
  /** Asked of the first administrator; whoever was invited has an address already. */
  email?: string;
  name?: string;
  password: string;
}

/** What the page behind a link asks for. @throws RefusalError not_found */
export async function viewSetup(
  token: string,
  now: Date = new Date(),
): Promise<{ purpose: LinkPurpose; email: string | null; name: string | null }> {
  const link = await findLink(token, now);
  if (link === null) throw new RefusalError('not_found', GONE);
  return { purpose: link.purpose as LinkPurpose, email: link.user?.email ?? null, name: link.user?.name ?? null };
}

/**
 * Spends a link: makes the first administrator, or sets the password of whom it was made for and ends their sessions.
 * @returns the address to sign in with.
 * @throws RefusalError not_found: the link is spent; conflict: there is an administrator already; those of checkNewPassword
 */
export async function completeSetup(
  token: string,
  given: SetupGiven,
  address: string | null,
  now: Date = new Date(),
): Promise<{ email: string }> {
  const link = await findLink(token, now);
  if (link === null) throw new RefusalError('not_found', GONE);
  const email = link.user?.email ?? given.email?.trim().toLowerCase() ?? '';
  const name = given.name?.trim() || link.user?.name;
  if (!EMAIL.test(email)) throw new RefusalError(email === '' ? 'required' : 'format', 'An e-mail address is needed.', '/email');
  if (name === undefined) throw new RefusalError('required', 'A name is needed.', '/name');
  checkNewPassword(given.password, email, '/password');
  const password_hash = await hashPassword(given.password);
  const actor = { id: email, type: 'user' as const, address };
  const record = {
    action: 'user_changed' as const,
    screen: '/setup',
    resource: { type: 'user', id: email },
    details: { change: link.purpose },
  };
  await recordedChange(actor, null, record, async (tx) => {
    if (!(await spendLink(tx, token, now))) throw new RefusalError('not_found', GONE);
    const password = { password_hash, password_changed_at: now };
    if (link.user === null) await makeFirstAdministrator(tx, { email, name, ...password });
    else await setPassword(tx, link.user, { name, ...password }, now);
  });
  return { email };
}

async function makeFirstAdministrator(tx: Prisma.TransactionClient, user: Prisma.UserCreateInput): Promise<void> {
  await lockRoles(tx);
  if ((await tx.membership.count({ where: { role: 'administrator' } })) > 0) {
    throw new RefusalError('conflict', 'There is an administrator already: ask to be invited.');
  }
  const ledgers = await tx.ledger.findMany({ select: { id: true } });
  await tx.user.create({ data: { ...user, memberships: { create: ledgers.map(({ id }) => ({ ledger_id: id, role: 'administrator' })) } } });
}

async function setPassword(
  tx: Prisma.TransactionClient,
  user: NonNullable<OpenLink['user']>,
  data: Prisma.UserUpdateInput,
  now: Date,
): Promise<void> {
  await tx.user.update({ where: { id: user.id }, data });
  await revokeSessionsOf(tx, user.id, now);
}

import 'server-only';
import { prisma } from '@/lib/db';
import { isUuid } from '@/lib/schema/uuid';
import type { Prisma, Session, User } from '@/prisma/generated/client';
import { SESSION_HOURS } from './session-cookie';

const IDLE_MS = 15 * 60_000;
const ABSOLUTE_MS = SESSION_HOURS * 3_600_000;
/** `last_seen_at` is written at most this often, so that a page's requests are not as many writes. */
const TOUCH_MS = 30_000;
const CONFIRMED_MS = 5 * 60_000;

export type SessionEnd = 'revoked' | 'absolute' | 'idle' | 'disabled';

/** Pure: why a session is over, null while it lives. 45 CFR 164.312(a)(2)(iii) asks for the idle limit. */
export function sessionEnd(
  session: Pick<Session, 'last_seen_at' | 'expires_at' | 'revoked_at'>,
  user: Pick<User, 'disabled_at'>,
  now: Date,
): SessionEnd | null {
  if (session.revoked_at !== null) return 'revoked';
  if (user.disabled_at !== null) return 'disabled';
  if (now >= session.expires_at) return 'absolute';
  if (now.getTime() >= session.last_seen_at.getTime() + IDLE_MS) return 'idle';
  return null;
}

/** The server's side of a sign-in, in the transaction that also records it. @returns the session's id */
export async function startSession(
  tx: Prisma.TransactionClient,
  session: { userId: string; address: string | null; browser: string | null; confirmedAt?: Date },
  now: Date,
): Promise<string> {
  const { id } = await tx.session.create({
    data: {
      user_id: session.userId,
      created_at: now,
      last_seen_at: now,
      confirmed_at: session.confirmedAt ?? now,
      expires_at: new Date(now.getTime() + ABSOLUTE_MS),
      address: session.address,
      browser: session.browser?.slice(0, 200) ?? null,
    },
    select: { id: true },
  });
  return id;
}

export type LiveSession = Session & { user: User };

/**
 * Asked on every request: a revoked, idle or expired session is over at once, whatever its cookie says.
 * @param background true for what a page asks by itself: it must not keep an empty chair signed in.
 */
export async function findLiveSession(id: string, options: { background?: boolean; now?: Date } = {}): Promise<LiveSession | null> {
  const now = options.now ?? new Date();
  if (!isUuid(id)) return null;
  const session = await prisma().session.findUnique({ where: { id }, include: { user: true } });
  if (session === null || sessionEnd(session, session.user, now) !== null) return null;
  if (options.background !== true && now.getTime() - session.last_seen_at.getTime() >= TOUCH_MS) {
    await prisma().session.updateMany({ where: { id, revoked_at: null }, data: { last_seen_at: now } });
    await prisma().user.update({ where: { id: session.user_id }, data: { last_seen_at: now } });
  }
  return session;
}

export async function revokeSession(tx: Prisma.TransactionClient, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.session.updateMany({ where: { id, revoked_at: null }, data: { revoked_at: now } });
  return count === 1;
}

/** After a password change, a reset or a disabling. @param except the session that made the change, where it goes on. */
export async function revokeSessionsOf(tx: Prisma.TransactionClient, userId: string, now: Date, except?: string): Promise<number> {
  const { count } = await tx.session.updateMany({
    where: { user_id: userId, revoked_at: null, ...(except === undefined ? {} : { NOT: { id: except } }) },
    data: { revoked_at: now },
  });
  return count;
}

/** Whether the password was entered recently enough for keys and roles. */
export function isConfirmed(confirmedAt: Date | null, now: Date = new Date()): boolean {
  return confirmedAt !== null && now.getTime() - confirmedAt.getTime() < CONFIRMED_MS;
}

import 'server-only';
import { actorOf } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { sessionEnd } from '@/lib/auth/sessions';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { SessionRow } from '@/lib/schema/screens';

export interface AccountSessions {
  /** Living sessions of the viewer, newest first. */
  sessions: SessionRow[];
  /** False for people who sign in elsewhere only. */
  has_password: boolean;
}

/** The own account asks for no role; looking at it is recorded like any other look. */
export async function listSessions(viewer: Viewer, now: Date = new Date()): Promise<AccountSessions> {
  await appendAccess(actorOf(viewer, null), null, { action: 'screen_viewed', screen: '/settings/account' });
  const user = await prisma().user.findUniqueOrThrow({
    where: { id: viewer.person.id },
    include: { sessions: { where: { revoked_at: null, expires_at: { gt: now } }, orderBy: { created_at: 'desc' } } },
  });
  const living = user.sessions.filter((session) => sessionEnd(session, user, now) === null);
  return {
    has_password: user.password_hash !== null,
    sessions: living.map((session) => ({
      id: session.id,
      created_at: session.created_at.toISOString(),
      last_seen_at: session.last_seen_at.toISOString(),
      address: session.address,
      browser: session.browser,
      current: session.id === viewer.sessionId,
    })),
  };
}

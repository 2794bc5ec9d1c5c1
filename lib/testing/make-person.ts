import { randomUUID } from 'node:crypto';
import { findLiveSession, startSession } from '@/lib/auth/sessions';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { Role } from '@/lib/schema/vocabulary';

/** A person with roles by ledger id, for tests. No password unless its hash is given. */
export async function makePerson(roles: Record<number, Role>, passwordHash: string | null = null): Promise<{ id: string; email: string }> {
  const email = `p-${randomUUID().slice(0, 8)}@test.example`;
  const memberships = { create: Object.entries(roles).map(([ledger, role]) => ({ ledger_id: Number(ledger), role })) };
  const { id } = await prisma().user.create({ data: { email, name: 'Test Person', password_hash: passwordHash, memberships } });
  return { id, email };
}

/** The same, signed in a moment ago. */
export async function makeViewer(
  roles: Record<number, Role>,
  passwordHash: string | null = 'set',
): Promise<Viewer & { sessionId: string }> {
  const { id } = await makePerson(roles, passwordHash);
  return viewerOf(await startSession(prisma(), { userId: id, address: '192.0.2.7', browser: 'test' }, new Date()));
}

export async function viewerOf(sessionId: string): Promise<Viewer & { sessionId: string }> {
  const session = (await findLiveSession(sessionId))!;
  const { id, name, email, zone } = session.user;
  return {
    person: { id, name, email, zone },
    sessionId,
    keyId: null,
    keyLedgerId: null,
    confirmedAt: session.confirmed_at,
    address: '192.0.2.7',
  };
}

/** Bodies of the access ledger, oldest first. */
export async function accessRecords(ledgerId: number): Promise<Record<string, unknown>[]> {
  const rows = await prisma().record.findMany({ where: { ledger_id: ledgerId }, orderBy: { seq: 'asc' }, select: { body: true } });
  return rows.map((row) => JSON.parse(Buffer.from(row.body).toString()));
}

import 'server-only';
import { overrideStatus } from '@/lib/auth/request-context';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';

/**
 * The ledger that a request is about: the one that it names (whether it may be seen is decided afterwards), the one that the key is bound to, or the
 * first ledger of agents on which the person has a role.
 * @throws RefusalError forbidden where the person has no role anywhere
 */
export async function chooseLedger(viewer: Viewer, asked: string | null | undefined): Promise<string> {
  if (asked != null && asked !== '') return asked;
  if (viewer.keyLedgerId !== null) return (await prisma().ledger.findUniqueOrThrow({ where: { id: viewer.keyLedgerId } })).slug;
  const held = await prisma().ledger.findMany({
    where: { memberships: { some: { user_id: viewer.person.id } } },
    orderBy: [{ kind: 'desc' }, { id: 'asc' }],
    select: { slug: true, kind: true },
  });
  const first = held.find((ledger) => ledger.kind === 'agents') ?? held[0];
  if (first === undefined) {
    overrideStatus(403);
    throw new RefusalError('forbidden', 'You have no role on any ledger yet: an administrator gives you one.');
  }
  return first.slug;
}

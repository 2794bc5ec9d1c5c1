import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { Role } from '@/lib/schema/vocabulary';

/** The role that a viewer holds on a ledger now, null for none. A read key reads as an auditor, on the one ledger that it is bound to. */
export async function findRole(viewer: Viewer, ledger: Pick<LedgerRow, 'id'>): Promise<Role | null> {
  if (viewer.keyId !== null) return viewer.keyLedgerId === ledger.id ? 'auditor' : null;
  const held = await prisma().membership.findUnique({
    where: { user_id_ledger_id: { user_id: viewer.person.id, ledger_id: ledger.id } },
    select: { role: true },
  });
  return (held?.role as Role | undefined) ?? null;
}

import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { readHead } from '@/lib/ledger/read-entries';
import { readProofLine } from '@/lib/ledger/read-proof-line';
import { readIntegrityLine } from '@/lib/ledger/read-verifications';
import { RefusalError } from '@/lib/schema/errors';
import type { ProofLine } from '@/lib/schema/proofs';
import type { FrameDto, IntegrityLine, LedgerRef } from '@/lib/schema/screens';
import type { Role } from '@/lib/schema/vocabulary';
import { listViews } from './manage-views';

/** Of a ledger that nobody has looked over. */
export const UNTOLD: IntegrityLine = {
  state: 'never_verified',
  verified_to: null,
  broken_at: null,
  checked_at: null,
  head: null,
  verification_id: null,
};

/** Of a ledger that nothing was signed of. */
export const UNSIGNED: ProofLine = { checkpoint: null, anchor: null, configured: false, alarms: [], incarnation: 1 };

/**
 * What stands around every screen. It belongs to the look that the screen has recorded, and is read within it: a frame alone is never shown.
 * @param slug of the ledger that is looked at.
 * @throws RefusalError not_found
 */
export async function viewFrame(viewer: Viewer, slug: string): Promise<FrameDto> {
  const ledger = await findLedger(slug);
  if (ledger === null) throw new RefusalError('not_found');
  const held = await heldLedgers(viewer, ledger);
  const own = held.find((ref) => ref.id === slug);
  const { id, name, email, zone } = viewer.person;
  return {
    person: { id, name, email, zone },
    ledger: own ?? { ...refOf(ledger), role: null },
    ledgers: held,
    // On a page that needs no role (the own account) the chain's state is told only to those who may see the ledger.
    integrity: own === undefined ? UNTOLD : await readIntegrityLine(prisma(), ledger, (await readHead(prisma(), ledger.id))?.seq ?? null),
    proof: own === undefined ? UNSIGNED : await readProofLine(ledger.id),
    views: viewer.keyId === null ? await listViews(viewer.person.id) : [],
    now: new Date().toISOString(),
  };
}

/** The ledgers on which a person has a role, agents' first; for a read key the one that it is bound to. */
async function heldLedgers(viewer: Viewer, ledger: LedgerRow): Promise<LedgerRef[]> {
  if (viewer.keyId !== null) return viewer.keyLedgerId === ledger.id ? [{ ...refOf(ledger), role: 'auditor' }] : [];
  const rows = await prisma().membership.findMany({
    where: { user_id: viewer.person.id },
    include: { ledger: true },
    orderBy: [{ ledger: { kind: 'desc' } }, { ledger_id: 'asc' }],
  });
  return rows.map((row) => ({ ...refOf(row.ledger as LedgerRow), role: row.role as Role }));
}

function refOf(ledger: LedgerRow): Omit<LedgerRef, 'role'> {
  return { id: ledger.slug, name: ledger.name, kind: ledger.kind, demo: ledger.demo };
}

import { prisma } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { placeHold } from '@/lib/retention/legal-holds';

/** A legal hold on the ledger of a drill, placed by a compliance officer as one is placed: with its entry of the access ledger. */
export async function placeDrillHold(ledger: LedgerRow): Promise<void> {
  const memberships = { create: [{ ledger_id: ledger.id, role: 'compliance_officer' as const }] };
  const person = { email: `officer@${ledger.slug}.example`, name: 'Officer' };
  const { id } = await prisma().user.create({ data: { ...person, password_hash: null, memberships } });
  const viewer = {
    person: { ...person, id, zone: 'UTC' },
    sessionId: null,
    keyId: null,
    keyLedgerId: null,
    confirmedAt: new Date(),
    address: null,
  };
  const scope = { kind: 'resource', type: 'patient_record', value: 'P-7' } as const;
  await placeHold(viewer, ledger.slug, { matter: 'Doe v. Clinic', scope, reason: 'The court asks for it' });
}

import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { prisma } from '@/lib/db';
import { DEMO_POLICIES, DEMO_POLICIES_REASON } from '@/lib/demo/demo-policies';
import { readPolicies, savePolicies } from '@/lib/ledger/read-retention';
import { applyWish, sayPolicyChange } from '@/lib/policy/retention-change';

/** Version 2 of the demo's policies, recorded as every change of them is: the same start again finds it. */
export async function keepDemoPolicies(ledgerId: number): Promise<void> {
  const before = await readPolicies(prisma(), ledgerId);
  if (before.version !== 1) return;
  const applied = applyWish(before, DEMO_POLICIES);
  if ('fault' in applied) throw new Error(`the demo's policies do not hold together: ${applied.fault.detail}`);
  await recordedChange(
    SYSTEM,
    'demo',
    {
      action: 'policy_changed',
      screen: 'start',
      resource: { type: 'retention_policies', id: 'demo/2' },
      details: { version: 2, previous_version: 1, reason: DEMO_POLICIES_REASON, ...sayPolicyChange(before, applied.set) },
    },
    async (tx) => {
      // Of two first starts on one database one keeps it, and the other finds that it is kept.
      await savePolicies(tx, ledgerId, 1, applied.set, SYSTEM.id, DEMO_POLICIES_REASON);
    },
  );
}

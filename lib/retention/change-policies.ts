import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readRetentionState, sayProgress } from '@/lib/ledger/decide-retention';
import { listPolicyVersions } from '@/lib/ledger/read-policy-history';
import { readPolicies, type StoredPolicies, savePolicies } from '@/lib/ledger/read-retention';
import { dayOf } from '@/lib/policy/retention-calendar';
import { applyWish, diffPolicies, sayPolicyChange } from '@/lib/policy/retention-change';
import { compareRules } from '@/lib/policy/retention-fold';
import { makeRules } from '@/lib/policy/retention-rules';
import { tellPolicies } from '@/lib/policy/retention-tell';
import { RefusalError } from '@/lib/schema/errors';
import type { PoliciesChange, PoliciesDto, PoliciesPreview, PoliciesWish, PolicySet, PolicyVersions } from '@/lib/schema/retention';

const SCREEN = '/api/v1/retention/policies';

/** The policies of a ledger, and of the catalogue what was never switched on. @throws RefusalError as auditedRead */
export async function viewPolicies(viewer: Viewer, asked: string | null): Promise<PoliciesDto> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) =>
    tellPolicies(await readPolicies(prisma(), ledger.id)),
  );
}

/** How the policies came to be: versions, newest first, each with what it changed. @throws RefusalError format at /before; and as auditedRead */
export async function viewPolicyVersions(viewer: Viewer, asked: string | null, before: string | null): Promise<PolicyVersions> {
  if (before !== null && !/^\d{1,9}$/.test(before)) throw new RefusalError('format', 'The version is not a number.', '/before');
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/versions` };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, ({ ledger }) =>
    listPolicyVersions(prisma(), ledger.id, before === null ? null : Number(before)),
  );
}

/** "1,204 records would become due": nothing is changed. @throws RefusalError format; and as auditedRead */
export async function previewPolicies(
  viewer: Viewer,
  asked: string | null,
  wish: PoliciesWish,
  now = Date.now(),
): Promise<PoliciesPreview> {
  const what = {
    action: 'screen_viewed' as const,
    screen: `${SCREEN}/preview`,
    details: { policies: wish.set.map(({ code }) => code), settlements: wish.settle.length + wish.reopen.length },
  };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.manage', what, async ({ ledger }) => {
    const today = dayOf(now);
    const { policies, lines, marks, progress } = await readRetentionState(ledger);
    const next = applied(policies, wish);
    return {
      today,
      ...sayProgress(progress),
      ...compareRules(lines, makeRules(policies), makeRules({ ...next, whole: policies.whole ?? false }), marks, today),
    };
  });
}

/**
 * Keeps a new version of the policies. Records are decided anew from then on, none is rewritten. Each policy that changed stands in the access ledger as it was and
 * as it is.
 * @throws RefusalError reauthentication_required; format; conflict at /if_version where somebody else changed them meanwhile; and as auditedChange
 */
export async function changePolicies(viewer: Viewer, asked: string | null, change: PoliciesChange): Promise<PoliciesDto> {
  const slug = await chooseLedger(viewer, asked);
  const { if_version, reason, ...wish } = change;
  const record = ({ before, after }: { before: StoredPolicies; after: StoredPolicies }) => ({
    action: 'policy_changed' as const,
    screen: SCREEN,
    resource: { type: 'retention_policies', id: `${slug}/${after.version}` },
    details: { version: after.version, previous_version: before.version, reason, ...sayPolicyChange(before, after) },
  });
  const { after } = await auditedChange<{ before: StoredPolicies; after: StoredPolicies }>(
    viewer,
    slug,
    'retention.manage',
    record,
    async (tx, { ledger }) => {
      requireConfirmed(viewer);
      const before = await readPolicies(tx, ledger.id);
      if (before.version !== if_version)
        throw new RefusalError('conflict', `The policies are at version ${before.version} by now: look at them again.`, '/if_version');
      const next = applied(before, wish);
      const { policies, settlements } = diffPolicies(before, next);
      if (policies.length + settlements.before.length + settlements.after.length === 0)
        throw new RefusalError('conflict', 'Nothing would change: that is how it is.', '/set');
      const version = await savePolicies(tx, ledger.id, if_version, next, viewer.person.email, reason);
      if (version === null)
        throw new RefusalError('conflict', 'Somebody else has just changed the policies: look at them again.', '/if_version');
      return { before, after: await readPolicies(tx, ledger.id) };
    },
  );
  return tellPolicies(after);
}

function applied(present: PolicySet, wish: PoliciesWish): PolicySet {
  const result = applyWish(present, wish);
  if ('fault' in result) throw new RefusalError('format', result.fault.detail, result.fault.pointer);
  return result.set;
}

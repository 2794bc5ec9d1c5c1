import { type PoliciesWish, type PolicySet, RETENTION_LIMITS, RetentionPolicy, type Settlement } from '@/lib/schema/retention';
import { CATALOGUE, DEFAULT_POLICY } from './retention-catalogue';

/** What is wrong with a change; `pointer` is within the wish. */
export interface ChangeFault {
  pointer: string;
  detail: string;
}

/**
 * The policies as they would be. A policy is switched off, never removed: what it decided can be looked up.
 * @returns a fault where the whole would not hold together
 */
export function applyWish(present: PolicySet, wish: PoliciesWish): { set: PolicySet } | { fault: ChangeFault } {
  const policies = new Map(present.policies.map((policy) => [policy.code, policy]));
  for (const [place, change] of wish.set.entries()) {
    const pointer = `/set/${place}`;
    const base = policies.get(change.code) ?? CATALOGUE.find((policy) => policy.code === change.code);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const merged = RetentionPolicy.safeParse({ ...base, ...given });
    if (!merged.success) {
      const missing = String(merged.error.issues[0]?.path[0] ?? '');
      return {
        fault: {
          pointer: `${pointer}/${missing}`,
          detail: `“${change.code}” is not in the catalogue; a policy of one's own needs ${missing}.`,
        },
      };
    }
    const fault = faultOf(merged.data);
    if (fault !== null) return { fault: { pointer: `${pointer}${fault.pointer}`, detail: `“${change.code}”: ${fault.detail}` } };
    policies.set(change.code, merged.data);
  }
  if (policies.size > RETENTION_LIMITS.policies)
    return { fault: { pointer: '/set', detail: `A ledger has ${RETENTION_LIMITS.policies} policies at most.` } };
  const settlements = new Map(present.settlements.map((one) => [keyOf(one), one]));
  for (const one of wish.reopen) settlements.delete(keyOf(one));
  for (const [place, one] of wish.settle.entries()) {
    if (!policies.get(one.floor)?.floor || !policies.get(one.ceiling)?.ceiling)
      return { fault: { pointer: `/settle/${place}`, detail: 'A settlement is between a policy with a minimum and one with a maximum.' } };
    settlements.set(keyOf(one), one);
  }
  if (settlements.size > RETENTION_LIMITS.settlements)
    return { fault: { pointer: '/settle', detail: `A ledger has ${RETENTION_LIMITS.settlements} settlements at most.` } };
  return { set: { policies: [...policies.values()], settlements: [...settlements.values()] } };
}

const keyOf = ({ floor, ceiling }: Pick<Settlement, 'floor' | 'ceiling'>) => `${floor} ${ceiling}`;

function faultOf(policy: RetentionPolicy): ChangeFault | null {
  const { code, floor, ceiling, clock, trigger, or_else } = policy;
  if (clock === 'trigger' && trigger === null) return { pointer: '/trigger', detail: 'a clock that waits for an event names it.' };
  if (clock !== 'trigger' && or_else !== null)
    return { pointer: '/or_else', detail: 'only a clock that waits for an event needs another one meanwhile.' };
  if (floor !== null && ceiling !== null && monthsOf(floor) > monthsOf(ceiling))
    return { pointer: '/ceiling', detail: 'its maximum ends before its own minimum.' };
  if (code !== DEFAULT_POLICY) return null;
  if (!policy.on) return { pointer: '/on', detail: 'it holds what no other policy does, and cannot be switched off.' };
  if (floor === null) return { pointer: '/floor', detail: 'it holds what no other policy does, and needs a minimum.' };
  if (ceiling !== null) return { pointer: '/ceiling', detail: 'it applies where nothing else does, and has no maximum.' };
  if (clock === 'trigger' && or_else === null) return { pointer: '/or_else', detail: 'its clock cannot stay open.' };
  return null;
}

function monthsOf(period: NonNullable<RetentionPolicy['floor']>): number {
  return 'years' in period ? period.years * 12 : period.months;
}

/** What changed, by code: whole policies as they were and as they are; null where there was none. */
export function diffPolicies(before: PolicySet, after: PolicySet) {
  const was = new Map(before.policies.map((policy) => [policy.code, policy]));
  const changed = after.policies.filter((policy) => JSON.stringify(was.get(policy.code)) !== JSON.stringify(policy));
  const settled = (from: PolicySet, other: PolicySet) => {
    const there = new Set(other.settlements.map((one) => JSON.stringify(one)));
    return from.settlements.filter((one) => !there.has(JSON.stringify(one)));
  };
  return {
    policies: changed.map((policy) => ({ code: policy.code, before: was.get(policy.code) ?? null, after: policy })),
    settlements: { before: settled(before, after), after: settled(after, before) },
  };
}

/** The same as the access ledger keeps it: each policy that changed as it was and as it is, by code. */
export function sayPolicyChange(before: PolicySet, after: PolicySet): Record<string, unknown> {
  const { policies, settlements } = diffPolicies(before, after);
  const by = (which: 'before' | 'after') => Object.fromEntries(policies.map((one) => [one.code, one[which]]));
  return {
    before: by('before'),
    after: by('after'),
    ...(settlements.before.length + settlements.after.length > 0 && {
      settlements_before: settlements.before,
      settlements_after: settlements.after,
    }),
  };
}

import type { PoliciesDto, PolicyDto, PolicySet, RetentionPolicy } from '@/lib/schema/retention';
import { CATALOGUE, SEEDED, sayPolicy } from './retention-catalogue';

type Told = PolicySet & Pick<PoliciesDto, 'version' | 'changed_by' | 'changed_at' | 'reason'>;

/** The policies of a ledger, and of the catalogue what was never switched on, each with its rule in words. */
export function tellPolicies({ policies, settlements, version, changed_by, changed_at, reason }: Told): PoliciesDto {
  const known = new Set(policies.map(({ code }) => code));
  const others = CATALOGUE.filter(({ code }) => !known.has(code));
  return { version, changed_by, changed_at, reason, settlements: [...settlements], policies: [...policies, ...others].map(tellPolicy) };
}

function tellPolicy(policy: RetentionPolicy): PolicyDto {
  const listed = CATALOGUE.find(({ code }) => code === policy.code);
  const origin = listed === undefined ? 'own' : SEEDED.includes(listed) ? 'seed' : 'catalogue';
  // Whether it is on is no edit of what it says.
  const edited = listed !== undefined && JSON.stringify(ordered({ ...policy, on: listed.on })) !== JSON.stringify(ordered(listed));
  return { ...policy, origin, edited, say: sayPolicy(policy) };
}

function ordered(policy: RetentionPolicy): [string, unknown][] {
  return Object.entries(policy).sort(([a], [b]) => (a < b ? -1 : 1));
}

import { expect, it } from 'vitest';
import type { LedgerRef } from '@/lib/schema/screens';
import type { Role } from '@/lib/schema/vocabulary';
import { isAt, PLACES, placesFor } from './places';

const ledger = (kind: 'agents' | 'access', role: Role | null): LedgerRef => ({ id: kind, name: kind, kind, demo: false, role });
const labels = (role: Role, access: Role | null) => {
  const own = ledger('agents', role);
  return placesFor({ ledger: own, ledgers: access === null ? [own] : [own, ledger('access', access)] }).map((place) => place.label);
};

it('offers an administrator no way to what agents recorded but the one that raises an alarm', () => {
  expect(labels('administrator', 'administrator')).toEqual([
    'Overview',
    'Registry',
    'Integrity',
    'Break-glass',
    'Users and roles',
    'Keys',
    'Proofs and alarms',
    'Your account',
  ]);
});
it('offers break-glass where there are words that the role does not open, and nowhere else', () => {
  const own = ledger('access', 'administrator');
  expect(placesFor({ ledger: own, ledgers: [own] }).map((place) => place.label)).not.toContain('Break-glass');
});
it('offers an auditor no settings but the own account', () => {
  expect(labels('auditor', 'auditor')).toEqual([
    'Overview',
    'Conversations',
    'Records',
    'Prompts and models',
    'Registry',
    'Retention',
    'Holds',
    'Integrity',
    'Exports',
    'Access log',
    'Your account',
  ]);
});
it('asks the access ledger for the access log', () => {
  const own = ledger('agents', 'administrator');
  const both = placesFor({ ledger: own, ledgers: [own, ledger('access', 'auditor')] });
  expect(both.map((place) => place.label)).toContain('Access log');
});
it('gives every place its own key and marks only the place one is at', () => {
  expect(new Set(PLACES.map((place) => place.key)).size).toBe(PLACES.length);
  expect(PLACES.filter((place) => isAt('/records/0198', place)).map((place) => place.label)).toEqual(['Records']);
  expect(PLACES.filter((place) => isAt('/', place)).map((place) => place.label)).toEqual(['Overview']);
});

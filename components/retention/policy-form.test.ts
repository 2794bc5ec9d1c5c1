import { expect, it } from 'vitest';
import { CATALOGUE } from '@/lib/policy/retention-catalogue';
import { RetentionPolicy } from '@/lib/schema/retention';
import { changeOf, formOf } from './policy-form';

const hipaa = CATALOGUE.find(({ code }) => code === 'hipaa')!;
const own = { ...formOf(null), code: 'house', title: 'House', floor: { count: '18', unit: 'months' as const }, source: 'The board' };

it('asks for no change of a policy that nobody changed, whichever of the catalogue it is', () => {
  for (const policy of CATALOGUE) expect(changeOf(formOf(policy), policy)).toEqual({ fault: 'Nothing is changed yet.' });
});

it('asks for the members that differ and for no others, so that what somebody else changed meanwhile is not undone', () => {
  expect(changeOf({ ...formOf(hipaa), floor: { count: '7', unit: 'years' } }, hipaa)).toEqual({
    change: { code: 'hipaa', floor: { years: 7 } },
  });
  expect(changeOf({ ...formOf(hipaa), note: '  ' }, hipaa)).toEqual({ change: { code: 'hipaa', note: null } });
});

it('a policy of one’s own is whole, on, and one that the server takes', () => {
  const made = changeOf({ ...own, clock: 'trigger', trigger: 'Account closed', orElse: 'open' }, null);
  expect(made).toMatchObject({ change: { code: 'house', floor: { months: 18 }, trigger: 'account_closed', or_else: null, on: true } });
  expect(RetentionPolicy.safeParse('change' in made ? made.change : null).success).toBe(true);
});

it('says what is wrong before anybody is asked', () => {
  const fault = (over: Partial<typeof own>) => {
    const made = changeOf({ ...own, ...over }, null);
    return 'fault' in made ? made.fault : null;
  };
  expect(fault({ floor: { count: '101', unit: 'years' } as never })).toBe('Minimum: a whole number of years from 1 to 100.');
  expect(fault({ ceiling: { count: '1.5', unit: 'years' } })).toBe('Maximum: a whole number of years from 1 to 100.');
  expect(fault({ code: 'House rules' })).toContain('lower-case letters');
  expect(fault({ clock: 'trigger' })).toBe('A clock that an event starts needs the name of the event.');
  expect(fault({ trigger: '1st' })).toContain('begins with a letter');
  expect(fault({})).toBeNull();
});

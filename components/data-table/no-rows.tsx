'use client';

import { useSearchParams } from 'next/navigation';
import { Absence } from '@/components/ui/absence';
import type { FilterField } from './describe-filter';

/** An empty list says which kind of empty it is: nothing there at all, or nothing that passes. */
export function NoRows({ fields, noun }: { fields: FilterField[]; noun: string }) {
  const params = useSearchParams();
  const filtered = ['q', ...fields.map((field) => field.name)].some((name) => (params.get(name) ?? '') !== '');
  if (!filtered)
    return <Absence kind="nothing_recorded">{`This ledger holds no ${noun} yet. The first one will stand here when it arrives.`}</Absence>;
  const what = (params.get('q') ?? '') === '' ? 'all of the filters above' : 'the search and all of the filters above';
  return <Absence kind="no_match">{`No ${noun} passes ${what}. Remove one to see more.`}</Absence>;
}

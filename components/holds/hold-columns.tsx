import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Column } from '@/components/data-table/columns';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { holdScopeWords, holdStateWords } from '@/lib/schema/hold-words';
import type { HoldDto } from '@/lib/schema/holds';

const dash = <span className="text-ink-3">–</span>;
const inert = (text: string | null): ReactNode => (text === null ? dash : <InertText text={text} />);

export function holdTone({ released_at, release_asked }: HoldDto): 'plain' | 'attention' | 'pending' {
  if (released_at !== null) return 'pending';
  return release_asked === null ? 'plain' : 'attention';
}

/** A report of holds has the same (lib/reports/list-holds.ts). */
export const HOLD_COLUMNS: Column<HoldDto>[] = [
  {
    id: 'number',
    label: 'No.',
    width: '56px',
    priority: 1,
    render: (hold) => (
      <Link href={`/holds/${hold.id}`} prefetch={false} className="link tnum">
        #{hold.number}
      </Link>
    ),
  },
  {
    id: 'matter',
    label: 'Matter',
    priority: 1,
    render: (hold) => (
      <Link href={`/holds/${hold.id}`} prefetch={false} className="font-medium text-ink no-underline hover:underline">
        <InertText text={hold.matter} />
      </Link>
    ),
  },
  { id: 'scope', label: 'Holds', priority: 2, render: ({ scope }) => <InertText text={holdScopeWords(scope)} /> },
  {
    id: 'state',
    label: 'State',
    width: '208px',
    priority: 1,
    render: (hold) => <Status tone={holdTone(hold)}>{holdStateWords(hold)}</Status>,
  },
  { id: 'custodian', label: 'Custodian', width: '120px', priority: 3, render: (hold) => inert(hold.custodian) },
  { id: 'reason', label: 'Reason', priority: 3, render: (hold) => inert(hold.reason) },
  { id: 'placed', label: 'Placed', width: 'var(--time-width)', priority: 3, render: (hold) => <Time at={hold.placed_at} /> },
  { id: 'placed_by', label: 'Placed by', width: '150px', priority: 3, extra: true, render: (hold) => inert(hold.placed_by) },
  {
    id: 'released',
    label: 'Released',
    width: 'var(--time-width)',
    priority: 3,
    extra: true,
    render: (hold) => (hold.released_at === null ? dash : <Time at={hold.released_at} />),
  },
  { id: 'released_by', label: 'Released by', width: '150px', priority: 3, extra: true, render: (hold) => inert(hold.released_by) },
  { id: 'release_reason', label: 'Why released', priority: 3, extra: true, render: (hold) => inert(hold.release_reason) },
];

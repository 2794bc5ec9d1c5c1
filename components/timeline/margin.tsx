'use client';

import { Check, Minus, X } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { ArchivedMark } from '@/components/archive/archived-record';
import { useClock } from '@/components/ui/clock';
import { formatCount } from '@/components/ui/format-count';
import { formatTime, timeParts } from '@/components/ui/format-time';
import type { EntryDto } from '@/lib/schema/screens';
import { useProof } from './proof-context';

const MARKS = {
  proven: { icon: Check, className: 'text-seal', say: 'matches its seal in the newest verification' },
  broken: { icon: X, className: 'text-broken', say: 'does not match: see the breaks of the verification' },
  open: { icon: Minus, className: 'text-ink-3', say: 'not yet covered by a verification' },
} as const;

/** The margin of the page: when, under which number, and whether it is proven. */
export function Margin({ entry }: { entry: EntryDto }) {
  const clock = useClock();
  const zone = clock?.zone ?? 'UTC';
  const happened = entry.body?.timestamp ?? entry.received_at;
  const parts = timeParts(happened, zone);
  const proof = useProof()(entry.seq);
  const { icon: Icon, className, say } = MARKS[proof];
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 text-xs text-ink-3 sm:flex-col sm:items-end sm:gap-0 sm:pr-3 sm:text-right">
      <time
        dateTime={happened}
        title={`${formatTime(happened, zone, 'millisecond')}, as the sender says · ${happened}`}
        className="whitespace-nowrap"
      >
        {parts === null ? happened : `${parts.clock} ${parts.offset}`}
      </time>
      <span className="inline-flex items-center gap-1 whitespace-nowrap">
        <Link href={`/records/${entry.id}`} prefetch={false} className="text-ink-3 no-underline hover:text-ink hover:underline">
          #{formatCount(entry.seq)}
        </Link>
        <Icon size={12} strokeWidth={2.5} className={className} role="img" aria-label={say} />
      </span>
      {entry.archived !== undefined && <ArchivedMark archived={entry.archived} />}
    </div>
  );
}

/** One row of the page: margin, the double rule, words. */
export function Leaf({ margin, children, className }: { margin?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <div className={`grid gap-x-0 sm:grid-cols-[var(--margin-width,136px)_minmax(0,1fr)] ${className ?? ''}`}>
      <div className="pt-px sm:border-r sm:border-hairline">{margin}</div>
      <div className="min-w-0 sm:ml-[3px] sm:border-l sm:border-hairline sm:pl-6">{children}</div>
    </div>
  );
}

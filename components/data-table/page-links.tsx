'use client';

import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { buttonClass } from '@/components/ui/button';
import { formatCount, formatTotal } from '@/components/ui/format-count';

interface Props {
  older: string | null;
  newer: string | null;
  total: { count: number; exact: boolean };
  shown: number;
  /** How far the search for rare rows has looked, where it stopped before the page was full. */
  searchedTo?: string | null;
  noun: string;
}

/** Where the page stands in the whole. Totals are exact or say that counting stopped. */
export function PageLinks({ older, newer, total, shown, noun, searchedTo = null }: Props) {
  const path = usePathname();
  const params = useSearchParams();
  const to = (name: 'older' | 'newer', cursor: string) => {
    const next = new URLSearchParams(params);
    for (const member of ['older', 'newer', 'peek']) next.delete(member);
    next.set(name, cursor);
    return `${path}?${next}`;
  };
  const link = (name: 'older' | 'newer', cursor: string | null, words: string) =>
    cursor === null ? (
      <span aria-disabled="true" className={buttonClass('quiet', 'small', 'opacity-55')}>
        {words}
      </span>
    ) : (
      <Link href={to(name, cursor)} prefetch={false} rel={name === 'older' ? 'next' : 'prev'} className={buttonClass('plain', 'small')}>
        {words}
      </Link>
    );
  return (
    <nav aria-label="Pages of the list" className="flex items-center justify-between gap-4 py-3">
      <p className="text-xs text-ink-2">
        {formatCount(shown)} of {formatTotal(total)} {noun}
        {searchedTo !== null && ` · looked as far as #${formatCount(searchedTo)}; older rows may follow`}
      </p>
      {(older !== null || newer !== null) && (
        <div className="no-print flex gap-1.5">
          {link('newer', newer, 'Newer')}
          {link('older', older, 'Older')}
        </div>
      )}
    </nav>
  );
}

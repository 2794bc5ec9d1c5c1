'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { cx } from '@/components/ui/class-names';
import { formatCount } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import type { RetentionDto } from '@/lib/schema/retention';

function Row({ count, title, children, more }: { count: number; title: ReactNode; children: ReactNode; more?: ReactNode }) {
  return (
    <tr className={cx('border-b border-hairline align-baseline', count === 0 && 'text-ink-3')}>
      <td className="tnum w-0 py-1.5 pr-4 text-right font-serif text-lg whitespace-nowrap">{formatCount(count)}</td>
      <th scope="row" className="py-1.5 pr-6 text-left font-normal">
        <span className={count === 0 ? '' : 'font-medium text-ink'}>{title}</span>
        <span className="block text-xs text-ink-2">{children}</span>
      </th>
      <td className="no-print py-1.5 text-right whitespace-nowrap">{count > 0 && more}</td>
    </tr>
  );
}

function More({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="link">
      {children}
    </Link>
  );
}

const parts = ({ hot, archived }: { hot: number; archived: number }) =>
  archived === 0 ? '' : `; ${formatCount(hot)} of them in the database, ${formatCount(archived)} archived`;

/** What may go, what must stay, and what waits for a person; each leads to the list behind it. */
export function RetentionFigures({ figures }: { figures: RetentionDto }) {
  const readsArchive = useMay('archive.read');
  const { due, overdue, to_archive: toArchive, held, held_and_due: heldAndDue, conflicts, unmapped } = figures;
  const late = overdue.hot + overdue.archived;
  return (
    <table className="w-full border-collapse border-t border-rule text-sm">
      <caption className="sr-only">Records by what is to be done with them</caption>
      <tbody>
        <Row count={due.hot + due.archived} title="Due now" more={<More href="/retention/destruction">Due list</More>}>
          Their minimum has ended and no hold is on them{parts(due)}. Nothing is destroyed by itself.
        </Row>
        <Row count={toArchive} title="To be archived" more={readsArchive && <More href="/retention/archive">Preview</More>}>
          Their time in the database has ended and no hold is on them.
        </Row>
        <Row count={held} title="Under hold" more={<More href="/holds">Holds</More>}>
          {heldAndDue === 0 ? 'None of them would be due without it.' : `${formatCount(heldAndDue)} of them would be due without it.`}
        </Row>
        <Row
          count={late}
          title={late === 0 ? 'Past a maximum' : <Status tone="attention">Past a maximum</Status>}
          more={<More href="/retention/destruction">Due list</More>}
        >
          A rule asks that they be disposed of by now, hold or no hold{parts(overdue)}.
        </Row>
        <Row
          count={conflicts.records}
          title={conflicts.records === 0 ? 'In conflict' : <Status tone="attention">In conflict</Status>}
          more={<More href="#conflicts">Settle</More>}
        >
          A minimum ends after a maximum. The minimum holds until a person settles which gives way.
        </Row>
        <Row
          count={unmapped.records}
          title={unmapped.records === 0 ? 'Unmapped' : <Status tone="attention">Unmapped</Status>}
          more={<More href="#unmapped">Which</More>}
        >
          They name a tool, a source or a domain that nobody has mapped, and are kept as long as the longest minimum.
        </Row>
      </tbody>
    </table>
  );
}

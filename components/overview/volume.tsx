'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { countOf, formatCount } from '@/components/ui/format-count';
import { actionWords } from '@/components/ui/vocabulary-words';
import type { OverviewDto } from '@/lib/schema/screens';
import { ActionChart, DayChart } from './volume-charts';
import { totalsByAction, totalsByDay } from './volume-totals';

function VolumeTable({ totals, days }: { totals: { action: string; count: number }[]; days: { day: string; count: number }[] }) {
  const readable = useMay('records.read');
  return (
    <div className="grid gap-8 sm:grid-cols-2">
      <table className="w-full self-start text-sm">
        <caption className="pb-1 text-left text-xs text-ink-3">By action</caption>
        <tbody>
          {totals.map(({ action, count }) => (
            <tr key={action} className="h-7 border-b border-hairline">
              <th scope="row" className="text-left font-normal">
                {readable ? (
                  <Link className="link" prefetch={false} href={`/records?action=${encodeURIComponent(action)}`}>
                    {actionWords(action)}
                  </Link>
                ) : (
                  actionWords(action)
                )}
              </th>
              <td className="tnum text-right">{formatCount(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className="w-full self-start text-sm">
        <caption className="pb-1 text-left text-xs text-ink-3">By day, UTC, newest first</caption>
        <tbody>
          {[...days].reverse().map(({ day, count }) => (
            <tr key={day} className="h-7 border-b border-hairline">
              <th scope="row" className="text-left font-normal">
                <time dateTime={day}>{day}</time>
              </th>
              <td className="tnum text-right">{formatCount(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How much of what was recorded, drawn; the same as a table one click away. */
export function Volume({ volume, asOf }: { volume: OverviewDto['volume']; asOf: string | null }) {
  const [table, setTable] = useState(false);
  const totals = totalsByAction(volume);
  const days = totalsByDay(volume);
  const all = totals.reduce((sum, total) => sum + total.count, 0);
  return (
    <section className="border-t border-rule pt-2">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="section-title">Records by action</h2>
        <p className="flex-1 text-xs text-ink-3">
          {countOf(all, 'record', 'records')} in {countOf(days.length, 'day', 'days')} by the sender’s time
          {asOf !== null && `, counted to #${formatCount(asOf)}`}
        </p>
        <Button tone="quiet" size="small" onClick={() => setTable(!table)} className="no-print">
          {table ? 'Show as charts' : 'Show as tables'}
        </Button>
      </div>
      {totals.length === 0 ? (
        <p className="py-3 text-sm text-ink-2">Nothing counted yet.</p>
      ) : table ? (
        <div className="pt-2">
          <VolumeTable totals={totals} days={days} />
        </div>
      ) : (
        <>
          <p className="sr-only">{totals.map(({ action, count }) => `${actionWords(action)} ${formatCount(count)}`).join(', ')}.</p>
          <div className="grid gap-x-10 gap-y-4 pt-3 xl:grid-cols-2">
            <ActionChart totals={totals} />
            <div>
              <h3 className="text-xs text-ink-3">Records a day</h3>
              <DayChart days={days} height={Math.max(112, Math.min(220, totals.length * 24 - 16))} />
            </div>
          </div>
        </>
      )}
    </section>
  );
}

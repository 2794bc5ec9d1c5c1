'use client';

import { useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import type { DueDto } from '@/lib/schema/destruction';

/** What is past its minimum, the oldest month first. */
export function DueList({ due, onAsk }: { due: DueDto; onAsk: (policy: string, until: string) => void }) {
  const may = useMay('destruction.request');
  if (due.rows.length === 0)
    return (
      <Absence kind="nothing_recorded" title="Nothing is due">
        No record has passed the end of its minimum. When one has, it stands here until somebody asks for its destruction: nothing goes by
        itself.
      </Absence>
    );
  return (
    <div className="overflow-x-auto">
      <table className="w-full max-w-[860px] text-sm">
        <caption className="sr-only">What is past its minimum, by policy and month</caption>
        <thead>
          <tr className="border-b border-rule text-left text-xs text-ink-3">
            <th scope="col" className="py-1 pr-2 sm:pr-4 font-medium">
              Minimum ended
            </th>
            <th scope="col" className="py-1 pr-2 sm:pr-4 font-medium">
              Policy
            </th>
            <th scope="col" className="py-1 pr-2 sm:pr-4 text-right font-medium">
              Database
            </th>
            <th scope="col" className="py-1 pr-2 sm:pr-4 text-right font-medium">
              Archive
            </th>
            <th scope="col" className="py-1 pr-2 sm:pr-4 text-right font-medium">
              Held
            </th>
            {may && (
              <th scope="col" className="no-print py-1">
                <span className="sr-only">Action</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {due.rows.map((row) => (
            <tr key={`${row.month} ${row.policy}`} className="h-8 border-b border-hairline">
              <td className="tnum pr-2 sm:pr-4 whitespace-nowrap">{row.month}</td>
              <td className="min-w-16 pr-2 sm:pr-4">
                <InertText text={row.title} />
              </td>
              <td className="tnum pr-2 sm:pr-4 text-right">{row.hot === 0 ? '–' : formatCount(row.hot)}</td>
              <td className="tnum pr-2 sm:pr-4 text-right">{row.archived === 0 ? '–' : formatCount(row.archived)}</td>
              <td className="tnum pr-2 sm:pr-4 text-right text-ink-3">{row.held === 0 ? '–' : formatCount(row.held)}</td>
              {may && (
                <td className="no-print text-right">
                  {row.hot + row.archived > 0 && (
                    <Button
                      size="small"
                      aria-label={`Ask to destroy what ${row.title} has kept until ${row.until}`}
                      onClick={() => onAsk(row.policy, row.until)}
                    >
                      Ask…
                    </Button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {due.due.archived > 0 && (
        <p className="mt-2 max-w-[76ch] text-xs text-ink-3">
          Of archived records it is known how many a hold or an event may reach, and not which: a request decides each by what its body
          says.
        </p>
      )}
    </div>
  );
}

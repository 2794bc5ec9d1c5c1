'use client';

import Link from 'next/link';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { scopeWords } from '@/components/ui/vocabulary-words';
import { verdictWords } from '@/lib/schema/verdict-words';
import type { VerificationDto } from '@/lib/schema/verification';

/** Every run is kept, also those that found nothing and those that were stopped. */
export function HistoryTable({ runs }: { runs: VerificationDto[] }) {
  if (runs.length === 0) return <p className="py-2 text-sm text-ink-2">No run yet. The first one will stand here.</p>;
  return (
    <div className="@container">
      <table className="w-full table-fixed border-collapse text-sm">
        <caption className="sr-only">Verification runs, newest first</caption>
        <colgroup>
          <col style={{ width: 'var(--time-width)' }} />
          <col />
          <col className="@max-2xl:hidden" style={{ width: '28%' }} />
          <col className="@max-4xl:hidden" style={{ width: '18%' }} />
        </colgroup>
        <thead>
          <tr className="border-y border-rule text-left text-xs text-ink-2">
            <th scope="col" className="h-7 font-medium">
              Asked
            </th>
            <th scope="col" className="px-2 font-medium">
              Verdict
            </th>
            <th scope="col" className="px-2 font-medium @max-2xl:hidden">
              Scope
            </th>
            <th scope="col" className="px-2 font-medium @max-4xl:hidden">
              By
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const said = verdictWords(run);
            return (
              <tr key={run.id} className="h-7 border-b border-hairline hover:bg-sunk">
                <td className="truncate">
                  <Link href={`/integrity/${run.id}`} prefetch={false} className="text-ink no-underline hover:underline">
                    <Time at={run.requested_at} />
                  </Link>
                </td>
                <td className="truncate px-2" title={said.words}>
                  <Status tone={said.tone} className="max-w-full [&>span]:truncate">
                    {said.words}
                  </Status>
                </td>
                <td className="truncate px-2 text-ink-2 @max-2xl:hidden">
                  <InertText text={scopeWords(run.scope)} />
                </td>
                <td className="truncate px-2 text-ink-2 @max-4xl:hidden">
                  <InertText text={run.requested_by} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

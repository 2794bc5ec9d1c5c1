'use client';

import Link from 'next/link';
import { useMay } from '@/components/shell/frame-context';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Status } from '@/components/ui/status';
import { breakWords } from '@/components/ui/vocabulary-words';
import type { Break, VerificationDto } from '@/lib/schema/verification';

function Value({ text }: { text: string }) {
  return (
    <code className="mono break-all">
      <InertText text={text} />
    </code>
  );
}

function Row({ found, readable }: { found: Break; readable: boolean }) {
  return (
    <tr className="border-b border-hairline align-baseline">
      <th scope="row" className="py-1.5 pr-4 text-left font-normal whitespace-nowrap">
        {found.record_id !== null && readable ? (
          <Link href={`/records/${found.record_id}`} prefetch={false} className="link tnum">
            #{formatCount(found.seq)}
          </Link>
        ) : (
          <span className="tnum">#{formatCount(found.seq)}</span>
        )}
      </th>
      <td className="py-1.5 pr-4">
        <Status tone="broken">{breakWords(found.code)}</Status>
        <span className="mono block pl-5 text-xs text-ink-3">{found.code}</span>
      </td>
      <td className="py-1.5 pr-4">
        <Value text={found.expected} />
      </td>
      <td className="py-1.5">
        <Value text={found.found} />
      </td>
    </tr>
  );
}

/** Every place where the history does not agree with itself: where, what was expected, what was found. */
export function BreaksTable({ run }: { run: VerificationDto }) {
  const readable = useMay('records.read');
  if (run.breaks.length === 0) return null;
  return (
    <ScrollRegion label="Breaks">
      <table className="w-full min-w-[720px] border-collapse text-sm">
        <caption className="pb-2 text-left text-sm text-ink-2">
          {run.breaks.length === run.breaks_total
            ? run.breaks_total === 1
              ? 'The one break.'
              : `All ${formatCount(run.breaks_total)} breaks, in order of number.`
            : `The first ${formatCount(run.breaks.length)} of ${formatCount(run.breaks_total)} breaks, in order of number.`}
        </caption>
        <thead>
          <tr className="border-y border-rule text-left text-xs text-ink-2">
            <th scope="col" className="h-7 w-24 font-medium">
              Where
            </th>
            <th scope="col" className="w-72 font-medium">
              What
            </th>
            <th scope="col" className="font-medium">
              Expected
            </th>
            <th scope="col" className="font-medium">
              Found
            </th>
          </tr>
        </thead>
        <tbody>
          {run.breaks.map((found) => (
            <Row key={`${found.seq}-${found.code}-${found.expected}-${found.found}`} found={found} readable={readable} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

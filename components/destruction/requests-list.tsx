'use client';

import Link from 'next/link';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { sayScope } from '@/lib/policy/destruction-say';
import type { DestructionDto } from '@/lib/schema/destruction';
import { Decision } from './decision';
import { destructionState, isSettled, isStopped, sayOutcome } from './destruction-words';
import { DestructionProgress } from './progress';

function Row({ one }: { one: DestructionDto }) {
  const { tone, words } = destructionState(one);
  const going = !isSettled(one);
  return (
    <li className="flex flex-col gap-1.5 border-b border-hairline py-3" data-number={one.number} data-state={one.state}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5">
        <p className="min-w-0">
          <Link href={`/retention/destruction/${one.id}`} prefetch={false} className="font-medium text-ink no-underline hover:underline">
            #{one.number}, <InertText text={sayScope(one.scope)} />
          </Link>
          <span className="text-ink-3">: {countOf(one.records, 'record', 'records')}</span>
        </p>
        {!going && <Status tone={tone}>{words}</Status>}
      </div>
      {going && <DestructionProgress initial={one} />}
      <p className="text-sm text-ink-2">
        <InertText text={one.requested.by} /> asked, <Time at={one.requested.at} precision="minute" />: <InertText text={one.reason} /> (
        <InertText text={one.authority} />)
        {one.approved !== null && (
          <>
            ; <InertText text={one.approved.by} /> approved, <Time at={one.approved.at} precision="minute" />
          </>
        )}
        {one.closed !== null && (
          <>
            ; <InertText text={one.closed.by} /> {one.state === 'declined' ? 'declined' : 'withdrew it'},{' '}
            <Time at={one.closed.at} precision="minute" />
            {one.closed.reason !== null && (
              <>
                : <InertText text={one.closed.reason} />
              </>
            )}
          </>
        )}
        .
      </p>
      {one.finished_at !== null && (
        <p className="text-sm text-ink-2">
          {sayOutcome(one)}.{' '}
          <Link href={`/retention/destruction/${one.id}`} prefetch={false} className="link">
            Certificate
          </Link>
        </p>
      )}
      {isStopped(one) && one.outcome !== null && (
        <p className="text-sm">
          <InertText text={one.outcome} />
        </p>
      )}
      <Decision destruction={one} />
    </li>
  );
}

export function RequestsList({ rows }: { rows: readonly DestructionDto[] }) {
  return (
    <ul className="border-t border-hairline">
      {rows.map((one) => (
        <Row key={one.id} one={one} />
      ))}
    </ul>
  );
}

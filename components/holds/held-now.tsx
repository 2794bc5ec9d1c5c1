'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, useTransition } from 'react';
import { useFrame } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import type { HoldDetail } from '@/lib/schema/holds';
import { fewOf, scopeHref, upper } from './hold-words';

/** What is reached in the database at the moment of looking: each look is an entry of the access log, so that nothing looks by itself. */
export function HeldNow({ hold, holds, counted }: HoldDetail) {
  const router = useRouter();
  const { now } = useFrame();
  const [looking, look] = useTransition();
  const { records, archived, conversations, first_conversations: talks, first_records: newest } = holds;
  const stands = hold.released_at === null;
  const nothing = records.count === 0 && records.exact;
  return (
    <div className="flex flex-col gap-3 text-sm" data-held>
      <p className="font-serif text-lg">
        {nothing ? (
          <>Nothing in the database{stands && archived.count === 0 && archived.exact && ' yet'}</>
        ) : (
          <>
            {upper(fewOf(records, 'record', 'records'))}
            {conversations.count > 0 && <> in {fewOf(conversations, 'conversation', 'conversations')}</>}
          </>
        )}
      </p>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-3">
        <span>
          Looked up <Time at={now} />
          {hold.scope.kind === 'subject' && '; conversations in which a record names the person are held whole'}
          {stands && '; what comes in is held too'}
        </span>
        <Button size="small" className="no-print" busy={looking} onClick={() => look(() => router.refresh())}>
          Look again
        </Button>
      </p>
      {(archived.count > 0 || !archived.exact) && (
        <p className="text-ink-2">
          {archived.count === 0 ? (
            'Some of what it reaches may be in the archive alone; how much is not known.'
          ) : (
            <>
              {upper(fewOf(archived, 'record', 'records'))} that it reaches {archived.count === 1 && archived.exact ? 'is' : 'are'} in the
              archive alone.
            </>
          )}
        </p>
      )}
      {counted !== null && !records.exact && (
        <p className="text-ink-2">
          Counted exactly in the database: {formatCount(counted.records)} of the records up to #{formatCount(counted.counted_to)}.
        </p>
      )}
      {talks.length > 0 && (
        <Newest shown={talks.length} of={conversations} noun="conversations">
          <ul className="columns-1 gap-x-6 sm:columns-2">
            {talks.map((id) => (
              <li key={id} className="min-w-0 truncate">
                <Link className="link" prefetch={false} href={`/conversations/${encodeURIComponent(id)}`}>
                  <InertText text={id} />
                </Link>
              </li>
            ))}
          </ul>
        </Newest>
      )}
      {newest.length > 0 && (
        <Newest shown={newest.length} of={records} noun="records">
          <ul className="flex flex-wrap gap-x-3 gap-y-0.5">
            {newest.map(({ id, seq }) => (
              <li key={id}>
                <Link className="link tnum" prefetch={false} href={`/records/${id}`}>
                  #{formatCount(seq)}
                </Link>
              </li>
            ))}
          </ul>
        </Newest>
      )}
      {!nothing && hold.scope.kind !== 'conversation' && (
        <p>
          <Link className="link" prefetch={false} href={scopeHref(hold.scope)}>
            {hold.scope.kind === 'time' ? 'All records that happened on these days' : 'All of these records'}
          </Link>
        </p>
      )}
    </div>
  );
}

/** A list under its heading, which says whether it is all of them; `noun` in the plural. */
function Newest({ shown, of, noun, children }: { shown: number; of: HoldDetail['holds']['records']; noun: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="text-xs font-medium text-ink-2">{of.exact && of.count <= shown ? upper(noun) : `The newest ${shown} ${noun}`}</h3>
      {children}
    </div>
  );
}

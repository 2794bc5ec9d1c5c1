'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Purpose } from '@/lib/policy/purposes';
import type { BreakGlassDto } from '@/lib/schema/words';
import { OpenedPart } from './part-words';
import { RevealDialog } from './reveal-dialog';
import { ReviewOutcome } from './review-outcome';
import { useNow, useServerNow } from './use-now';
import { useShown } from './use-shown';
import { countdown, partName, REASONS } from './words-words';

/** One conversation that stands open to the person: how long it does, and its words once they are asked for. */
export function OpenRow({ one, purposes }: { one: BreakGlassDto; purposes: readonly Purpose[] }) {
  const router = useRouter();
  const left = Date.parse(one.expires_at) - useServerNow();
  const shown = useShown(() => left);
  const now = useNow(shown.until !== null);
  const [asking, setAsking] = useState(false);
  const [purpose, setPurpose] = useState<string | null>(null);
  const over = left <= 0;
  return (
    <li className="border-t border-hairline py-3" data-break-glass={one.id} data-open={!over}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0 flex-1 basis-80">
          <p className="mono text-base">
            <InertText text={one.conversation_id} />
          </p>
          <p className="text-sm text-ink-2">
            {REASONS[one.reason]}: <InertText text={one.note} />
          </p>
          <p className="text-xs text-ink-3">
            Opened <Time at={one.opened_at} precision="minute" /> ·{' '}
            {one.reveals === 0 ? 'nothing revealed yet' : `revealed ${countOf(one.reveals, 'time', 'times')}`}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          {over ? (
            <Status tone="pending">over; open it anew if it must be</Status>
          ) : (
            <>
              <Status tone="attention">
                <span className="tnum">{countdown(left)}</span> left
              </Status>
              <Button tone="primary" size="small" onClick={() => setAsking(true)}>
                Reveal the words
              </Button>
            </>
          )}
        </div>
      </div>
      {shown.until !== null && (
        <section aria-label={`Words of ${one.conversation_id}`} className="mt-3 border-l-2 border-rule pl-4">
          <div className="no-print flex flex-wrap items-center gap-x-4 gap-y-2 pb-2 text-sm">
            <Status tone="attention">
              Revealed{purpose === null ? '' : ` for ${purpose.toLowerCase()}`}; covered again in{' '}
              <span className="tnum">{countdown(shown.until - now)}</span>
            </Status>
            <Button size="small" onClick={shown.cover}>
              Cover now
            </Button>
          </div>
          <div className="flex flex-col gap-4">
            {shown.parts.map((part) => (
              <OpenedPart key={`${part.record_id} ${part.index}`} part={part} name={`${partName(part.part)} · #${formatCount(part.seq)}`} />
            ))}
          </div>
        </section>
      )}
      {asking && (
        <RevealDialog
          asked={{ conversationId: one.conversation_id, count: null }}
          purposes={purposes}
          onPart={shown.show}
          onRevealed={(code) => {
            setPurpose(purposes.find((each) => each.code === code)?.say ?? code);
            setAsking(false);
            // How often it was used is counted by the server.
            router.refresh();
          }}
          onClose={() => setAsking(false)}
          sayForbidden="It is open to you no longer: it was reviewed, the half hour is over, or your role has changed."
        />
      )}
    </li>
  );
}

/** One that is over: what came of it. */
export function PastRow({ one }: { one: BreakGlassDto }) {
  return (
    <li
      className="grid gap-x-6 gap-y-1 border-t border-hairline py-2 text-sm md:grid-cols-[170px_minmax(0,1fr)_240px]"
      data-break-glass={one.id}
      data-open={false}
    >
      <p className="text-ink-2">
        <Time at={one.opened_at} precision="minute" />
      </p>
      <div className="min-w-0">
        <p className="mono wrap-anywhere">
          <InertText text={one.conversation_id} />
        </p>
        <p className="text-xs text-ink-3">
          {REASONS[one.reason]}: <InertText text={one.note} /> ·{' '}
          {one.reveals === 0 ? 'nothing was revealed' : `revealed ${countOf(one.reveals, 'time', 'times')}`}
        </p>
      </div>
      <div>
        {one.reviewed_at === null ? <Status tone="waiting">waits for a review</Status> : <ReviewOutcome one={one} at={one.reviewed_at} />}
      </div>
    </li>
  );
}

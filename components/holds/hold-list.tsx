'use client';

import Link from 'next/link';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { HoldDto } from '@/lib/schema/holds';
import type { WordsScope } from '@/lib/schema/words';
import { HeldScope } from './held-scope';
import { ReleaseSteps } from './release-hold';

interface Props {
  /** That are in force. */
  holds: readonly HoldDto[];
  /** How many there are: only so many are listed. */
  total: number;
  /** What is looked at: a hold on something else says on what. */
  on: WordsScope;
  /** What is said where there is none. */
  none: string;
  /** As of ReleaseSteps. */
  onDone?: () => void;
}

function Asked({ hold: { release_asked: asked } }: { hold: HoldDto }) {
  if (asked === null) return null;
  return (
    <p className="text-xs text-ink-2">
      <InertText text={asked.by} /> asked for its release, <Time at={asked.at} precision="minute" />: <InertText text={asked.reason} />.
      Another compliance officer has to confirm it.
    </p>
  );
}

/** Holds with their reasons, and the next step of a release for who may take it. */
export function HoldList({ holds, total, on, none, onDone }: Props) {
  if (holds.length === 0) return <p className="text-ink-3">{none}</p>;
  return (
    <ul className="flex flex-col gap-2">
      {holds.map((hold) => (
        <li key={hold.id} className="flex flex-col gap-1" data-hold={hold.number}>
          <Status tone="attention">
            Held for{' '}
            <Link className="link" prefetch={false} href={`/holds/${hold.id}`}>
              <InertText text={hold.matter} />
            </Link>
          </Status>
          <p className="text-xs text-ink-3">
            {(hold.scope.kind !== on.kind || hold.scope.value !== on.value) && (
              <>
                <HeldScope scope={hold.scope} />,{' '}
              </>
            )}
            by <InertText text={hold.placed_by} />, <Time at={hold.placed_at} precision="minute" />: <InertText text={hold.reason} />
          </p>
          <Asked hold={hold} />
          <ReleaseSteps hold={hold} {...(onDone === undefined ? {} : { onDone })} />
        </li>
      ))}
      {total > holds.length && (
        <li className="text-xs text-ink-3">
          And {countOf(total - holds.length, 'older hold', 'older holds')}, in the list of{' '}
          <Link className="link" prefetch={false} href="/holds">
            all holds
          </Link>
        </li>
      )}
    </ul>
  );
}

/** Holds that stood once, a line each: what they kept they keep no more. */
export function ReleasedHolds({ holds }: { holds: readonly HoldDto[] }) {
  if (holds.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1" aria-label="Holds that were released">
      {holds.map((hold) => (
        <li key={hold.id} className="text-xs text-ink-3" data-released-hold={hold.number}>
          Held for{' '}
          <Link className="link" prefetch={false} href={`/holds/${hold.id}`}>
            <InertText text={hold.matter} />
          </Link>{' '}
          from <Time at={hold.placed_at} precision="minute" /> to <Time at={hold.released_at} precision="minute" />
        </li>
      ))}
    </ul>
  );
}

'use client';

import Link from 'next/link';
import { useMay } from '@/components/shell/frame-context';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { HoldDto } from '@/lib/schema/holds';
import type { ShreddingDto, WordsScope } from '@/lib/schema/words';
import { ReleaseButton } from './hold-dialogs';

interface Props {
  /** That are in force. */
  holds: readonly HoldDto[];
  /** What is looked at: a hold on something else says on what. */
  on: WordsScope;
  /** What is said where there is none. */
  none: string;
  /** As of ReleaseButton. */
  onDone?: () => void;
}

/** What a hold is on, where that is not what is looked at. */
function HeldScope({ hold: { scope }, on }: { hold: HoldDto; on: WordsScope }) {
  if (scope.kind === on.kind) return null;
  if (scope.kind === 'subject')
    return (
      <>
        everything about <InertText text={scope.value} />,{' '}
      </>
    );
  return (
    <>
      the conversation{' '}
      <Link className="link" prefetch={false} href={`/conversations/${encodeURIComponent(scope.value)}`}>
        <InertText text={scope.value} />
      </Link>
      ,{' '}
    </>
  );
}

/** Holds with their reasons, and the release of each for who may. */
export function HoldList({ holds, on, none, onDone }: Props) {
  const releases = useMay('hold.release');
  if (holds.length === 0) return <p className="text-ink-3">{none}</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {holds.map((hold) => (
        <li key={hold.id}>
          <Status tone="attention">
            Held for <InertText text={hold.matter} />
          </Status>
          <p className="text-xs text-ink-3">
            <HeldScope hold={hold} on={on} />
            by <InertText text={hold.placed_by} />, <Time at={hold.placed_at} precision="minute" />: <InertText text={hold.reason} />
          </p>
          {releases && <ReleaseButton hold={hold} {...(onDone === undefined ? {} : { onDone })} />}
        </li>
      ))}
    </ul>
  );
}

/** What was destroyed, when, by whom and under which authority, and whether backups may still hold its keys. */
export function Destroyed({ done }: { done: ShreddingDto }) {
  return (
    <p className="text-ink-2">
      {countOf(done.parts, 'part', 'parts')} destroyed <Time at={done.at} precision="minute" /> by <InertText text={done.requested_by} />,
      under <InertText text={done.authority} />.{' '}
      {done.pending ? (
        <>
          Pending: backups may hold the keys until <Time at={done.backups_until} precision="minute" />.
        </>
      ) : (
        'Backups of before are past their horizon.'
      )}
    </p>
  );
}

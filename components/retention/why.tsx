'use client';

import Link from 'next/link';
import { useMay } from '@/components/shell/frame-context';
import { Fact } from '@/components/ui/fact-list';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import type { Decision } from '@/lib/schema/retention';
import { type DestroyedOf, DestroyedWhy, Destructions } from './destroyed-why';
import { sentence, unmappedWords } from './retention-words';

type Decided = Decision & { due: boolean; today: string; policies_version: number; records?: number; complete?: boolean };

function State({ decision: { due, keep_until: until, holds, dispose_by: disposeBy, today } }: { decision: Decided }) {
  if (holds.length > 0) return <Status tone="attention">Under hold: nothing of it may be destroyed</Status>;
  if (disposeBy !== null && today > disposeBy) return <Status tone="attention">Past its maximum since {disposeBy}</Status>;
  if (due) return <Status tone="attention">Due: its minimum has ended</Status>;
  return <Status tone="plain">{until === null ? 'Kept without an end' : 'Being kept'}</Status>;
}

interface Props {
  decision: Decided | null;
  of: 'record' | 'conversation';
  /** What was destroyed of it; `by` is empty where nothing was. */
  destroyed?: DestroyedOf | undefined;
}

/** Until when something is kept, and why: the sentence first, then each rule behind it. What was destroyed says so instead. */
export function RetentionWhy({ decision, of, destroyed }: Props) {
  const readsRegistry = useMay('registry.read');
  const gone = destroyed !== undefined && destroyed.by.length > 0 ? destroyed : null;
  if (decision === null && gone?.all) return <DestroyedWhy destroyed={gone} />;
  if (decision === null)
    return (
      <p className="text-sm text-ink-2">
        Not decided here: it is decided by what the{' '}
        {of === 'record' ? 'body says, which is not here' : 'bodies say, and none of them is here'}.
        {gone !== null && (
          <>
            {' '}
            Some of its records were destroyed <Destructions by={gone.by} />.
          </>
        )}
      </p>
    );
  const { say, because, holds, conflict, unmapped, off, archive_from: archiveFrom, dispose_by: disposeBy } = decision;
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="font-serif text-base text-balance">
        <InertText text={sentence(say)} />
      </p>
      <State decision={decision} />
      <dl className="grid grid-cols-[92px_minmax(0,1fr)] gap-x-3 gap-y-1">
        {holds.length > 0 && (
          <Fact name="Held by">
            {holds.map(({ id, number }, place) => (
              <span key={id}>
                {place > 0 && ', '}
                <Link className="link" prefetch={false} href={`/holds/${id}`}>
                  hold #{number}
                </Link>
              </span>
            ))}
          </Fact>
        )}
        {gone !== null && (
          <Fact name="Destroyed">
            some of its records, <Destructions by={gone.by} />
          </Fact>
        )}
        {archiveFrom !== null && <Fact name="Archive">from {archiveFrom} on it may leave the database</Fact>}
        {disposeBy !== null && <Fact name="Dispose by">{disposeBy}</Fact>}
        {conflict !== null && (
          <Fact name="Conflict">
            The minimum of {conflict.floor} ends after the maximum of {conflict.ceiling}; the minimum holds until a person{' '}
            <Link className="link" prefetch={false} href="/retention/policies#conflicts">
              settles it
            </Link>
            .
          </Fact>
        )}
        {unmapped.length > 0 && (
          <Fact name="Unmapped">
            {unmapped.map((what, place) => {
              const { kind, name } = unmappedWords(what);
              return (
                <span key={what}>
                  {place > 0 && ', '}
                  {name === null ? `a ${kind} without a name` : <InertText text={`${kind} ${name}`} />}
                </span>
              );
            })}
            {readsRegistry && (
              <>
                {': '}
                <Link className="link" prefetch={false} href="/registry">
                  the registry
                </Link>
              </>
            )}
          </Fact>
        )}
        {off.length > 0 && (
          <Fact name="Off">
            <InertText text={off.join(', ')} />, {off.length === 1 ? 'which decides' : 'which decide'} nothing while off
          </Fact>
        )}
      </dl>
      <details>
        <summary className="cursor-default text-xs text-ink-2 hover:text-ink">
          {countOf(because.length, 'rule applies', 'rules apply')}
        </summary>
        <ul className="mt-1 flex flex-col gap-1 border-l border-rule pl-3">
          {because.map((one) => (
            <li key={`${one.policy} ${one.say}`}>
              <InertText text={one.say} />
            </li>
          ))}
        </ul>
      </details>
      <p className="text-xs text-ink-3">
        Decided {decision.today} (UTC) by version {decision.policies_version} of the policies
        {decision.complete === false && `, from ${countOf(decision.records ?? 0, 'record', 'records')} of it and not from all`}.
      </p>
    </div>
  );
}

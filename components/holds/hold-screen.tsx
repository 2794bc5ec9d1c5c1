'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { useFrame } from '@/components/shell/frame-context';
import { Fact, FactList } from '@/components/ui/fact-list';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { may } from '@/lib/policy/permissions';
import { holdStateWords } from '@/lib/schema/hold-words';
import type { HoldDetail, HoldDto } from '@/lib/schema/holds';
import { HeldNow } from './held-now';
import { HeldObjects } from './held-objects';
import { HeldScope } from './held-scope';
import { holdTone } from './hold-columns';
import { STEP_WORDS } from './hold-words';

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2" aria-label={title}>
      <h2 className="section-title mb-1">{title}</h2>
      {children}
    </section>
  );
}

function Facts({ hold }: { hold: HoldDto }) {
  const { release_asked: asked } = hold;
  return (
    <FactList>
      <Fact name="State">
        <Status tone={holdTone(hold)}>{holdStateWords(hold)}</Status>
      </Fact>
      <Fact name="Matter">
        <Link className="link" prefetch={false} href={`/holds?${new URLSearchParams({ matter: hold.matter })}`}>
          <InertText text={hold.matter} />
        </Link>
      </Fact>
      <Fact name="On">
        <HeldScope scope={hold.scope} />
      </Fact>
      <Fact name="Custodian">
        {hold.custodian === null ? <span className="text-ink-3">nobody is named</span> : <InertText text={hold.custodian} />}
      </Fact>
      <Fact name="Reason">
        <InertText text={hold.reason} />
      </Fact>
      <Fact name="Placed">
        <Time at={hold.placed_at} /> by <InertText text={hold.placed_by} />
      </Fact>
      {asked !== null && (
        <Fact name="Release">
          asked for by <InertText text={asked.by} />, <Time at={asked.at} />: <InertText text={asked.reason} />
          <span className="block text-xs text-ink-3">It stands until another compliance officer confirms.</span>
        </Fact>
      )}
      {hold.released_at !== null && (
        <Fact name="Released">
          <Time at={hold.released_at} />, confirmed by <InertText text={hold.released_by ?? ''} />
          {hold.release_reason !== null && (
            <>
              : <InertText text={hold.release_reason} />
            </>
          )}
        </Fact>
      )}
    </FactList>
  );
}

function History({ hold, history, history_complete: complete }: Pick<HoldDetail, 'hold' | 'history' | 'history_complete'>) {
  const { ledgers } = useFrame();
  const access = ledgers.find(({ kind }) => kind === 'access');
  const reads = access !== undefined && may(access.role, 'access_log.read');
  const { kind, type, value } = hold.scope;
  const entryOf = ({ id, action }: HoldDetail['history'][number]) =>
    `/access-log?${new URLSearchParams({ action, resource_type: type ?? kind, resource_id: value, peek: id })}`;
  return (
    <>
      <ol className="text-sm">
        {history.map((step) => (
          <li
            key={step.seq}
            className="grid gap-x-6 border-b border-hairline py-1.5 sm:grid-cols-[var(--time-width)_minmax(0,1fr)]"
            data-step={step.action}
          >
            <Time at={step.at} className="text-ink-2" />
            <p className="min-w-0">
              {STEP_WORDS[step.action]} by <InertText text={step.by} />
              {step.reason !== null && (
                <>
                  : <InertText text={step.reason} />
                </>
              )}{' '}
              {reads && (
                <Link className="link text-xs" prefetch={false} href={entryOf(step)}>
                  Entry
                  <span className="sr-only"> of the access log: {STEP_WORDS[step.action]}</span>
                </Link>
              )}
            </p>
          </li>
        ))}
      </ol>
      {history.length === 0 && (
        <p className="text-sm text-ink-2">The access log has no entry of this hold. A verification of the ledger tells more.</p>
      )}
      {!complete && <p className="mt-1 text-xs text-ink-3">There may be more steps: see the access log.</p>}
    </>
  );
}

/** One hold: on what, for what, what it holds today, where in the archive, and every step that was taken with it. */
export function HoldScreen(detail: HoldDetail) {
  const { hold } = detail;
  return (
    <div className="grid max-w-[1240px] gap-x-12 gap-y-7 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <div className="flex min-w-0 flex-col gap-7">
        <Section title="The hold">
          <Facts hold={hold} />
        </Section>
        <Section title="What became of it">
          <History {...detail} />
        </Section>
      </div>
      <div className="flex min-w-0 flex-col gap-7">
        <Section title={hold.released_at === null ? 'What it holds' : 'What it would hold today'}>
          <HeldNow {...detail} />
        </Section>
        <Section title="In the archive">
          <HeldObjects {...detail} />
        </Section>
      </div>
    </div>
  );
}

'use client';

import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { cx } from '@/components/ui/class-names';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { type HoldDto, HoldFilter, type HoldsView } from '@/lib/schema/holds';
import { HeldScope } from './held-scope';
import { HOLD_COLUMNS } from './hold-columns';
import { PlaceHold } from './place-hold';
import { ReleaseSteps } from './release-hold';

/** The page's one action; it leads to the hold that was placed. */
export function PlaceHoldHere() {
  const router = useRouter();
  const places = useMay('hold.place');
  if (!places) return null;
  return <PlaceHold primary onDone={({ id }) => router.push(`/holds/${id}`)} />;
}

function Waiting({ rows, count }: HoldsView['waiting']) {
  const releases = useMay('hold.release');
  if (count === 0) return null;
  return (
    <section className="border-t border-rule pt-2" aria-labelledby="waiting">
      <h2 id="waiting" className="section-title mb-1">
        Waits for another person
      </h2>
      <ul>
        {rows.map((hold) => (
          <li
            key={hold.id}
            className="grid gap-x-6 gap-y-1 border-b border-hairline py-2.5 text-sm md:grid-cols-[minmax(0,1fr)_auto]"
            data-waiting={hold.number}
          >
            <div className="min-w-0">
              <p>
                <Link className="link font-medium" prefetch={false} href={`/holds/${hold.id}`}>
                  #{hold.number} <InertText text={hold.matter} />
                </Link>
                , on <HeldScope scope={hold.scope} />
              </p>
              {hold.release_asked !== null && (
                <p className="text-ink-2">
                  <InertText text={hold.release_asked.by} /> asked for its release, <Time at={hold.release_asked.at} precision="minute" />:{' '}
                  <InertText text={hold.release_asked.reason} />
                </p>
              )}
            </div>
            <ReleaseSteps hold={hold} />
          </li>
        ))}
      </ul>
      <p className="mt-1 text-xs text-ink-3">
        {releases ? 'Whoever asked for a release cannot confirm it.' : 'A compliance officer who did not ask confirms or declines.'}
        {count > rows.length && ` ${formatCount(count - rows.length)} more: filter the list by “Release asked”.`}
      </p>
    </section>
  );
}

function Matters({ matters, total }: { matters: HoldsView['matters']; total: number }) {
  const chosen = useSearchParams().get('matter');
  if (matters.length === 0) return null;
  return (
    <nav aria-label="Matters" className="no-print border-t border-rule pt-2">
      <h2 className="section-title mb-1">Matters</h2>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {matters.map(({ matter, standing, released }) => (
          <li key={matter} className={cx('min-w-0', standing === 0 && 'text-ink-3')}>
            <Link
              href={matter === chosen ? '/holds' : `/holds?${new URLSearchParams({ matter })}`}
              prefetch={false}
              aria-current={matter === chosen || undefined}
              className={cx('link', matter === chosen && 'font-medium')}
            >
              <InertText text={matter} />
            </Link>{' '}
            <span className="text-xs text-ink-3">
              {[
                ...(standing > 0 ? [`${formatCount(standing)} ${standing === 1 ? 'stands' : 'stand'}`] : []),
                ...(released > 0 ? [`${formatCount(released)} released`] : []),
              ].join(', ')}
            </span>
          </li>
        ))}
      </ul>
      {total > matters.length && (
        <p className="mt-1 text-xs text-ink-3">{formatCount(total - matters.length)} more: filter the list by the name of the matter.</p>
      )}
    </nav>
  );
}

/** Copies that no store keeps from being deleted past the end of their lock, as long as this is so. */
function ObjectFaults({ faults }: { faults: NonNullable<HoldsView['object_faults']> }) {
  return (
    <section className="border-t border-rule pt-2 text-sm" aria-label="Archived objects" data-object-faults>
      <Status tone="broken">
        {countOf(faults.segments, 'archive segment is', 'archive segments are')} not held in {faults.segments === 1 ? 'its' : 'their'} store
        as {faults.segments === 1 ? 'it' : 'they'} should be, since <Time at={faults.since} precision="minute" />
      </Status>
      <p className="max-w-[76ch] text-ink-2">
        <InertText text={faults.say} /> It is tried again every few seconds; until it is taken, a copy is kept by its lock alone.
      </p>
    </section>
  );
}

/** What must neither be destroyed nor leave hot storage, by matter: what stands, what waits for a second person, what was released. */
export function HoldsScreen({
  page,
  standing,
  waiting,
  matters,
  matters_total: total,
  matters_standing: open,
  object_faults: faults,
}: HoldsView) {
  const { ledger } = useFrame();
  const places = useMay('hold.place');
  const fields = useMemo(() => describeFilter(HoldFilter), []);
  if (total === 0)
    return (
      <Absence kind="nothing_recorded" title="No hold so far" action={<PlaceHoldHere />}>
        Nothing in {ledger.name} is held. A legal hold keeps a conversation, everything about a person, a resource, an actor, an agent or
        some days from being archived, destroyed or shredded, until two people release it.
        {places ? ' What it would hold is shown before it is placed.' : ' A compliance officer places it.'}
      </Absence>
    );
  return (
    <div className="flex flex-col gap-6">
      <div>
        <p className="font-serif text-lg">
          {standing === 0
            ? 'No hold stands.'
            : `${countOf(standing, 'hold stands', 'holds stand')}${open > 1 ? `, in ${formatCount(open)} matters` : ''}.`}
        </p>
        <p className="max-w-[76ch] text-sm text-ink-2">
          What a hold reaches is neither archived nor destroyed nor shredded, whoever asks, also what comes in later. Its release takes two
          people.
        </p>
      </div>
      {faults !== null && <ObjectFaults faults={faults} />}
      <Waiting {...waiting} />
      <Matters matters={matters} total={total} />
      <DataTable<HoldDto>
        name="holds"
        caption="Legal holds: standing ones first, then released ones, newest first"
        noun="holds"
        columns={HOLD_COLUMNS}
        rows={page.rows}
        page={{ ...page, searched_to: null }}
        idOf={(hold) => hold.id}
        hrefOf={(id) => `/holds/${id}`}
        toolbar={<FilterBar shape={HoldFilter} fields={fields} />}
        report={{ kind: 'holds', shape: HoldFilter }}
        empty={<NoRows fields={fields} noun="hold" />}
      />
    </div>
  );
}

'use client';

import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { type ReactNode, useEffect, useState } from 'react';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { Tabs } from '@/components/ui/tabs';
import { type ArchiveRunDto, type ArchiveScreenDto, SEGMENT_STATES } from '@/lib/schema/archive';
import { ArchiveFigures } from './archive-figures';
import { isRunOver, SEGMENT_STATE_WORDS } from './archive-words';
import { RestoreDialog } from './restore-dialog';
import { ArchiveRunProgress } from './run-progress';
import { PageLine, RunsTable } from './runs-table';
import { ScheduleForm } from './schedule-form';
import { SegmentsTable } from './segments-table';
import { StartForm } from './start-form';
import { StoreFacts } from './store-facts';
import { useArchiveRun } from './use-archive';

const LISTS = ['runs', 'objects'] as const;
const ANY = 'any';

function Section({ title, children, id }: { title: string; children: ReactNode; id?: string }) {
  return (
    <section className="scroll-mt-4 border-t border-rule pt-2" id={id}>
      <h2 className="section-title mb-1">{title}</h2>
      {children}
    </section>
  );
}

/** A run that goes on, or was begun from here; what it did is read into the page when it ends. */
function Watched({ initial }: { initial: ArchiveRunDto }) {
  const router = useRouter();
  const { data: run = initial } = useArchiveRun(initial);
  const over = isRunOver(run);
  useEffect(() => {
    if (over) router.refresh();
  }, [over, router]);
  return (
    <div className="flex flex-col gap-1">
      <ArchiveRunProgress initial={run} />
      <p className="text-sm">
        <Link href={`/retention/archive/runs/${run.id}`} prefetch={false} className="link">
          The run in full
        </Link>
      </p>
    </div>
  );
}

/** Objects of a state, a page at a time. */
function Objects({
  segments,
  onRestore,
}: Pick<ArchiveScreenDto, 'segments'> & { onRestore?: (range: { from: string; to: string } | 'any') => void }) {
  const router = useRouter();
  const params = useSearchParams();
  const state = params.get('state') ?? ANY;
  const to = (members: Record<string, string>) => `/retention/archive?${new URLSearchParams({ show: 'objects', ...members })}`;
  const kept: Record<string, string> = state === ANY ? {} : { state };
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-3 pb-3">
        <Field label="State" className="w-56">
          <Select
            value={state}
            onChange={(value) => router.push(to(value === ANY ? {} : { state: value }))}
            options={[{ value: ANY, label: 'Any' }, ...SEGMENT_STATES.map((value) => ({ value, label: SEGMENT_STATE_WORDS[value] }))]}
            aria-label="State"
          />
        </Field>
        {onRestore !== undefined && (
          <Button className="no-print" onClick={() => onRestore('any')}>
            Put records back…
          </Button>
        )}
      </div>
      {segments.rows.length === 0 ? (
        state === ANY ? (
          <Absence kind="nothing_recorded" title="No object yet">
            The first run that finds something due makes one.
          </Absence>
        ) : (
          <Absence kind="no_match">No object is in this state.</Absence>
        )
      ) : (
        <SegmentsTable
          segments={segments.rows}
          {...(onRestore === undefined ? {} : { onRestore: ({ first_seq: from, last_seq: until }) => onRestore({ from, to: until }) })}
        />
      )}
      <PageLine first={params.get('object') === null} firstHref={to(kept)} firstWords="Newest objects">
        {segments.next_before !== null && (
          <Link href={to({ ...kept, object: segments.next_before })} prefetch={false} className={buttonClass('plain', 'small')}>
            Older objects
          </Link>
        )}
      </PageLine>
    </>
  );
}

/** Where what leaves the database goes, what is there, and what would go now; start it, watch it, put some of it back. */
export function ArchiveScreen({ archive, open, runs, segments, policies }: ArchiveScreenDto) {
  const mayRun = useMay('archive.run');
  const { ledger } = useFrame();
  const params = useSearchParams();
  const [shown, setShown] = useQueryState('show', parseAsStringLiteral(LISTS).withDefault('runs'));
  // Those that went on when the page was opened stay in sight when they end.
  const [watched, setWatched] = useState(open);
  const [restoring, setRestoring] = useState<{ from: string; to: string } | 'any' | null>(null);
  const watch = (run: ArchiveRunDto) => setWatched((those) => [run, ...those.filter(({ id }) => id !== run.id)]);
  const something = archive.segments.confirmed + archive.segments.pruned > 0;
  if (ledger.kind === 'access')
    return (
      <Absence kind="nothing_recorded" title="Nothing of this ledger is ever archived">
        The access ledger stays whole in the database: every verification asks it for what was done, so that nothing of it is archived or
        destroyed. Choose a ledger of agents to see its archive.
      </Absence>
    );
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <p className="max-w-[76ch] text-sm text-ink-2">
        Records whose time in hot storage is over leave the database for the archive. Entries, hashes and proofs stay here; a conversation
        whose records are archived opens in the same screen, each of them fetched and verified. Nothing leaves before its copy was fetched
        back and found to be what the ledger names, and nothing that a legal hold reaches leaves at all.
      </p>
      {something && (
        <p className="no-print -mt-3">
          <Link href="/retention/archive/search" prefetch={false} className={buttonClass()}>
            Search inside the archive
          </Link>
        </p>
      )}
      <div className="grid gap-x-12 gap-y-7 lg:grid-cols-2">
        <Section title="Where it goes">
          <StoreFacts store={archive.store} />
        </Section>
        <Section title="What is in it">
          <ArchiveFigures archive={archive} />
        </Section>
      </div>
      {watched.length > 0 && (
        <Section title={watched.length === 1 ? 'The run that you watch' : 'Runs that you watch'}>
          <div className="flex flex-col gap-4">
            {watched.map((run) => (
              <Watched key={run.id} initial={run} />
            ))}
          </div>
        </Section>
      )}
      {mayRun && archive.store !== null && (
        <Section title="Archive now">
          <p className="mb-3 max-w-[76ch] text-sm text-ink-2">
            Look first: a preview says what would go and why, and moves nothing. The run itself goes on whether or not this page is open.
          </p>
          <StartForm policies={policies} onStarted={watch} />
        </Section>
      )}
      <Section title="By itself">
        <ScheduleForm key={`${archive.schedule.on} ${archive.schedule.at}`} schedule={archive.schedule} may={mayRun} />
      </Section>
      <section aria-label="Lists" className="relative">
        <Tabs
          label="Lists"
          value={shown}
          onChange={(value) => void setShown(value as (typeof LISTS)[number])}
          tabs={[
            { value: 'runs', label: 'Runs', content: <RunsTable runs={runs} firstPage={params.get('before') === null} /> },
            {
              value: 'objects',
              label: 'Objects',
              content: <Objects segments={segments} {...(mayRun && something && { onRestore: setRestoring })} />,
            },
          ]}
        />
      </section>
      {restoring !== null && (
        <RestoreDialog
          range={restoring === 'any' ? null : restoring}
          onClose={() => setRestoring(null)}
          onStarted={(run) => {
            setRestoring(null);
            watch(run);
          }}
        />
      )}
    </div>
  );
}

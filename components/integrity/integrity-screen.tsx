'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { buttonClass } from '@/components/ui/button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { Time } from '@/components/ui/time';
import type { IntegrityDto } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';
import { BreaksTable } from './breaks-table';
import { HistoryTable } from './history-table';
import { RunForm } from './run-form';
import { RunProgress } from './run-progress';
import { isOver, useStartVerification, useVerification } from './use-verification';

/** The run that is looked at: one just started, or one that was already under way. */
function Watched({ initial }: { initial: VerificationDto }) {
  const router = useRouter();
  const { data: run = initial } = useVerification(initial.id, initial);
  const over = isOver(run);
  useEffect(() => {
    if (over) router.refresh();
  }, [over, router]);
  return (
    <section className="border-t border-rule pt-2" aria-label="Run under way">
      <h2 className="section-title mb-1">{over ? 'The run that you watched' : 'Under way'}</h2>
      <RunProgress initial={run} />
      {over && (
        <div className="pt-3">
          <BreaksTable run={run} />
          <Link href={`/integrity/${run.id}`} prefetch={false} className="link">
            The run in full
          </Link>
        </div>
      )}
    </section>
  );
}

/** Run a verification, watch it, and read what earlier ones found. */
export function IntegrityScreen({ integrity }: { integrity: IntegrityDto }) {
  const { head, origin, runs, next_before: before } = integrity;
  const mayRun = useMay('integrity.run');
  const [started, setStarted] = useState<VerificationDto | null>(null);
  const start = useStartVerification(setStarted);
  const [underWay] = useState(() => runs.find((run) => !isOver(run)) ?? null);
  const watched = started ?? underWay;
  return (
    <div className="flex max-w-[1120px] flex-col gap-7">
      <section className="border-t border-rule pt-2">
        <h2 className="section-title mb-1">Verify</h2>
        <p className="mb-3 max-w-[72ch] text-sm text-ink-2">
          A run reads every record in its scope and computes each hash again, from the first entry to the newest. It names every place where
          the history does not agree with itself. Anyone can do the same with the records and the format’s page.
        </p>
        {mayRun && (
          <RunForm
            head={head?.seq ?? null}
            busy={start.isPending}
            error={start.error?.message ?? null}
            onStart={(scope) => start.mutate(scope)}
          />
        )}
      </section>
      {watched !== null && <Watched key={watched.id} initial={watched} />}
      <section className="border-t border-rule pt-2">
        <h2 className="section-title mb-1">The ledger</h2>
        <FactList>
          <Fact name="Origin">
            <code className="mono">{origin}</code>
          </Fact>
          {head === null ? (
            <Fact name="Newest entry">
              <span className="text-ink-3">none yet</span>
            </Fact>
          ) : (
            <>
              <Fact name="Newest entry">
                #{formatCount(head.seq)} · <Time at={head.received_at} />
              </Fact>
              <Fact name="Its seal">
                <Hash value={head.integrity_hash} label="integrity hash" />
              </Fact>
            </>
          )}
        </FactList>
      </section>
      <section>
        <h2 className="section-title mb-1">History of runs</h2>
        <HistoryTable runs={runs} />
        {before !== null && (
          <p className="py-3">
            <Link href={`/integrity?before=${encodeURIComponent(before)}`} prefetch={false} className={buttonClass('plain', 'small')}>
              Older runs
            </Link>
          </p>
        )}
      </section>
    </div>
  );
}

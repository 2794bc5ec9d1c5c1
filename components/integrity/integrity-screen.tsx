'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { openAlarms } from '@/components/alarms/alarm-words';
import { AlarmsList } from '@/components/alarms/alarms-list';
import { BringYourOwn } from '@/components/proof/bring-your-own';
import { useMay } from '@/components/shell/frame-context';
import { CopyButton } from '@/components/ui/copy-button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { Time } from '@/components/ui/time';
import type { IntegrityDto } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';
import { BreaksTable } from './breaks-table';
import { IntegrityLists } from './integrity-lists';
import { NewestCheckpoint } from './newest-checkpoint';
import { Outside } from './outside';
import { RunForm } from './run-form';
import { RunProgress } from './run-progress';
import { scheduleWords } from './schedule-words';
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

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2">
      <h2 className="section-title mb-1">{title}</h2>
      {children}
    </section>
  );
}

/** How far the ledger is signed and seen outside; run a verification, watch it; hold an old proof against it; and what came before. */
export function IntegrityScreen({ integrity }: { integrity: IntegrityDto }) {
  const { head, origin, runs, proofs, newest_checkpoint: newest } = integrity;
  const mayRun = useMay('integrity.run');
  const [started, setStarted] = useState<VerificationDto | null>(null);
  const start = useStartVerification(setStarted);
  const [underWay] = useState(() => runs.find((run) => !isOver(run) && run.triggered_by === 'person') ?? null);
  const watched = started ?? underWay;
  const total = head === null ? '0' : (BigInt(head.seq) + 1n).toString();
  const open = openAlarms(proofs.alarms);
  return (
    <div className="flex max-w-[1120px] flex-col gap-7">
      {open.length > 0 && (
        <div id="alarms" className="scroll-mt-4">
          <Section title={open.length === 1 ? 'Open alarm' : 'Open alarms'}>
            <AlarmsList alarms={open} none="" />
          </Section>
        </div>
      )}
      <div className="grid gap-x-12 gap-y-7 lg:grid-cols-2">
        <Section title="What is signed">
          <NewestCheckpoint checkpoint={newest} proofs={proofs} total={total} />
        </Section>
        <Section title="Who has seen it outside">
          <Outside targets={proofs.targets} total={total} />
        </Section>
      </div>
      <Section title="Verify">
        <p className="mb-3 max-w-[72ch] text-sm text-ink-2">
          A run reads every record in its scope, computes each hash again and holds the result against what was signed. It names every place
          where the history does not agree with itself, and says what it did not check. {scheduleWords(proofs.settings)}
        </p>
        {mayRun && (
          <RunForm
            head={head?.seq ?? null}
            busy={start.isPending}
            error={start.error?.message ?? null}
            onStart={(scope, archive) => start.mutate({ scope, archive })}
          />
        )}
      </Section>
      {watched !== null && <Watched key={watched.id} initial={watched} />}
      <div id="bring-your-own" className="scroll-mt-4">
        <Section title="Bring your own">
          <BringYourOwn />
        </Section>
      </div>
      <Section title="The ledger">
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
          <Fact name="Public log">
            <code className="mono">{proofs.tlog_url}</code> <CopyButton text={proofs.tlog_url} label="Copy the address of the log" />
            <span className="block text-xs text-ink-3">
              Checkpoint and tiles in the C2SP form, hashes alone;{' '}
              {proofs.settings.tlog_public ? 'open to everyone' : 'asks for a key or a session'}
            </span>
          </Fact>
        </FactList>
      </Section>
      <IntegrityLists integrity={integrity} />
    </div>
  );
}

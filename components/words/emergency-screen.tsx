'use client';

import { useFrame, useMay } from '@/components/shell/frame-context';
import type { Purpose } from '@/lib/policy/purposes';
import { BREAK_GLASS_MINUTES, type BreakGlassDto } from '@/lib/schema/words';
import { BreakGlassForm } from './break-glass-form';
import { OpenRow, PastRow } from './emergency-row';

interface Props {
  open: BreakGlassDto[];
  past: BreakGlassDto[];
  purposes: readonly Purpose[];
}

/** For who may open no words by their role, on the day when nobody else is there: one conversation, named, for half an hour, and everybody is told. */
export function EmergencyScreen({ open, past, purposes }: Props) {
  const { ledger } = useFrame();
  const reveals = useMay('content.reveal');
  return (
    <div className="flex max-w-[1040px] flex-col gap-8">
      <section aria-labelledby="open-now">
        <h2 id="open-now" className="section-title mb-1">
          Open to you now
        </h2>
        {open.length === 0 ? (
          <p className="border-t border-hairline py-3 text-sm text-ink-2">Nothing of {ledger.name} is open to you.</p>
        ) : (
          <ul>
            {open.map((one) => (
              <OpenRow key={one.id} one={one} purposes={purposes} />
            ))}
          </ul>
        )}
      </section>
      <section aria-labelledby="break-now" className="grid gap-x-12 gap-y-3 border-t border-rule pt-3 lg:grid-cols-2">
        <div>
          <h2 id="break-now" className="section-title mb-1">
            Open the words of one conversation
          </h2>
          <div className="flex max-w-[52ch] flex-col gap-2 text-sm text-ink-2">
            <p>
              For an emergency in which nobody can be reached who may read words. It opens one conversation to you alone, for{' '}
              {BREAK_GLASS_MINUTES} minutes.
            </p>
            <p>
              An alarm is raised at once on every screen of {ledger.name} and sent to whoever is told of alarms. Each look is written into
              the access log before a word is shown. A compliance officer reviews it, and can end it.
            </p>
            {reveals && <p>Your role opens words without that, with a purpose, where the conversation is shown.</p>}
          </div>
        </div>
        <BreakGlassForm />
      </section>
      <section aria-labelledby="opened-before">
        <h2 id="opened-before" className="section-title mb-1">
          What you opened before
        </h2>
        {past.length === 0 ? (
          <p className="border-t border-hairline py-3 text-sm text-ink-2">Nothing that is over.</p>
        ) : (
          <ul>
            {past.map((one) => (
              <PastRow key={one.id} one={one} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

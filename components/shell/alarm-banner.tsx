'use client';

import Link from 'next/link';
import { ALARM_WORDS, type AlarmStep, alarmSay, alarmStep, isGrave, openAlarms } from '@/components/alarms/alarm-words';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AlarmDto } from '@/lib/schema/proofs';
import { useReader } from './frame-context';

function seeWords(step: AlarmStep): string {
  if (step?.kind === 'settle') return 'See and settle';
  return step?.kind === 'go' && step.label === 'Review' ? 'See and review' : 'See';
}

/** On every screen of a ledger with a grave alarm that is open: what happened, since when, and where it is dealt with. */
export function AlarmBanner({ alarms }: { alarms: AlarmDto[] }) {
  const reader = useReader();
  const grave = openAlarms(alarms).filter(isGrave);
  const first = grave[0];
  if (first === undefined) return null;
  const step = alarmStep(first, reader);
  // Where there are several, the list of them is nearer than what can be done about one.
  const [href, words] = step?.kind === 'go' && grave.length === 1 ? [step.href, step.label] : ['/integrity#alarms', seeWords(step)];
  return (
    <section aria-label="Alarm" data-alarm={first.kind} className="border-b border-broken bg-broken-wash px-4 py-1.5 text-sm lg:px-6">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <Status tone="broken" className="font-medium">
          {ALARM_WORDS[first.kind].title}
        </Status>
        <p className="min-w-0 flex-1 basis-64 text-ink">
          <InertText text={alarmSay(first, reader)} />{' '}
          <span className="text-ink-2">
            Since <Time at={first.raised_at} precision="minute" />
            {grave.length > 1 && `, and ${countOf(grave.length - 1, 'other alarm', 'other alarms')}`}.
          </span>
        </p>
        <Link href={href} prefetch={false} className="link text-broken print:hidden">
          {words}
        </Link>
      </div>
    </section>
  );
}

'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useReader } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AlarmDto } from '@/lib/schema/proofs';
import { ALARM_WORDS, type AlarmStep, alarmSay, alarmStep, isGrave, openAlarms, whoEnds } from './alarm-words';
import { SettleDialog } from './settle-dialog';

function Told({ alarm }: { alarm: AlarmDto }) {
  if (alarm.last_error !== null)
    return (
      <span className="text-amber">
        not told: <InertText text={alarm.last_error} />
      </span>
    );
  return alarm.told_at === null ? null : (
    <>
      told <Time at={alarm.told_at} precision="minute" />
    </>
  );
}

function Ended({ alarm }: { alarm: AlarmDto }) {
  const at = <Time at={alarm.ended_at} />;
  if (alarm.ended_by === null) return <p className="text-xs text-ink-3">Ended by itself {at}</p>;
  const by = <InertText text={alarm.ended_by} className="text-ink-2" />;
  const reason = alarm.reason === null ? null : <InertText text={alarm.reason} className="text-ink-2" />;
  // Nobody settled it: it ended with what was found.
  if (alarm.break_glass !== null)
    return (
      <p className="text-xs text-ink-3">
        {reason} by {by} {at}
      </p>
    );
  return (
    <p className="text-xs text-ink-3">
      Settled by {by} {at}
      {reason !== null && <>: {reason}</>}
    </p>
  );
}

function Alarm({ alarm, step, onSettle }: { alarm: AlarmDto; step: AlarmStep; onSettle: () => void }) {
  const open = alarm.ended_at === null;
  const reader = useReader();
  return (
    <li
      className="flex flex-wrap items-start gap-x-6 gap-y-1 border-b border-hairline py-2 text-sm"
      data-alarm={alarm.kind}
      data-open={open}
    >
      <div className="min-w-0 flex-1 basis-80">
        <Status tone={!open ? 'pending' : isGrave(alarm) ? 'broken' : 'attention'} className="font-medium">
          {ALARM_WORDS[alarm.kind].title}
        </Status>
        <div className="pl-[19px]">
          <p className={open ? undefined : 'text-ink-2'}>
            <InertText text={alarmSay(alarm, reader)} />
          </p>
          <p className="text-xs text-ink-3">
            since <Time at={alarm.raised_at} />
            {open && alarm.last_seen_at !== alarm.raised_at && (
              <>
                , last seen <Time at={alarm.last_seen_at} />
              </>
            )}
            {(alarm.told_at !== null || alarm.last_error !== null) && (
              <>
                {' · '}
                <Told alarm={alarm} />
              </>
            )}
          </p>
          {!open && <Ended alarm={alarm} />}
        </div>
      </div>
      {step?.kind === 'settle' && (
        <Button size="small" onClick={onSettle} className="no-print">
          Settle…
        </Button>
      )}
      {step?.kind === 'go' && (
        <Link href={step.href} prefetch={false} className={buttonClass('plain', 'small', 'no-print')}>
          {step.label}
        </Link>
      )}
    </li>
  );
}

/** Alarms, open ones first. What was settled stays, with who settled it and why. */
export function AlarmsList({ alarms, none }: { alarms: AlarmDto[]; none: string }) {
  const reader = useReader();
  const [settling, setSettling] = useState<AlarmDto | null>(null);
  const open = openAlarms(alarms);
  const ended = alarms.filter((alarm) => alarm.ended_at !== null);
  if (alarms.length === 0) return <p className="py-2 text-sm text-ink-2">{none}</p>;
  return (
    <>
      <ul aria-label="Alarms" className="border-t border-hairline">
        {[...open, ...ended].map((alarm) => (
          <Alarm
            key={alarm.id}
            alarm={alarm}
            step={alarm.ended_at === null ? alarmStep(alarm, reader) : null}
            onSettle={() => setSettling(alarm)}
          />
        ))}
      </ul>
      {open.length > 0 && whoEnds(open, reader) !== null && <p className="pt-2 text-xs text-ink-3">{whoEnds(open, reader)}</p>}
      {settling !== null && <SettleDialog alarm={settling} onClose={() => setSettling(null)} />}
    </>
  );
}

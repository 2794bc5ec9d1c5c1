'use client';

import { useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AlarmDto } from '@/lib/schema/proofs';
import { ALARM_WORDS, isGrave, openAlarms } from './alarm-words';
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

function Alarm({ alarm, onSettle }: { alarm: AlarmDto; onSettle: (() => void) | null }) {
  const open = alarm.ended_at === null;
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
            <InertText text={alarm.say} />
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
          {!open && (
            <p className="text-xs text-ink-3">
              {alarm.ended_by === null ? 'Ended by itself' : 'Settled by '}
              {alarm.ended_by !== null && <InertText text={alarm.ended_by} className="text-ink-2" />} <Time at={alarm.ended_at} />
              {alarm.reason !== null && (
                <>
                  : <InertText text={alarm.reason} className="text-ink-2" />
                </>
              )}
            </p>
          )}
        </div>
      </div>
      {onSettle !== null && (
        <Button size="small" onClick={onSettle} className="no-print">
          Settle…
        </Button>
      )}
    </li>
  );
}

/** Alarms, open ones first. What was settled stays, with who settled it and why. */
export function AlarmsList({ alarms, none }: { alarms: AlarmDto[]; none: string }) {
  const settles = useMay('alarms.settle');
  const [settling, setSettling] = useState<AlarmDto | null>(null);
  const open = openAlarms(alarms);
  const ended = alarms.filter((alarm) => alarm.ended_at !== null);
  if (alarms.length === 0) return <p className="py-2 text-sm text-ink-2">{none}</p>;
  return (
    <>
      <ul aria-label="Alarms" className="border-t border-hairline">
        {[...open, ...ended].map((alarm) => (
          <Alarm key={alarm.id} alarm={alarm} onSettle={settles && alarm.ended_at === null ? () => setSettling(alarm) : null} />
        ))}
      </ul>
      {open.length > 0 && !settles && (
        <p className="pt-2 text-xs text-ink-3">A compliance officer of this ledger settles an alarm, with a reason.</p>
      )}
      {settling !== null && <SettleDialog alarm={settling} onClose={() => setSettling(null)} />}
    </>
  );
}

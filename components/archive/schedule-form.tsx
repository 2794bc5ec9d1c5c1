'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, Input } from '@/components/ui/field';
import { useToast } from '@/components/ui/toast';
import type { ArchiveDto } from '@/lib/schema/archive';
import { useSchedule } from './use-archive';

/** When archival starts by itself; who may not set it reads it. */
export function ScheduleForm({ schedule, may }: { schedule: ArchiveDto['schedule']; may: boolean }) {
  const router = useRouter();
  const say = useToast();
  const [on, setOn] = useState(schedule.on);
  const [at, setAt] = useState(schedule.at);
  const keep = useSchedule(() => {
    say(on ? `All that is due is archived daily at ${at} UTC` : 'Nothing is archived by itself');
    router.refresh();
  });
  const known = /^([01]\d|2[0-3]):[0-5]\d$/.test(at);
  const changed = on !== schedule.on || (on && at !== schedule.at);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (known) keep.mutate({ on, at });
  };
  if (!may)
    return (
      <p className="text-sm text-ink-2">
        {schedule.on
          ? `All that is due is archived daily at ${schedule.at} UTC.`
          : 'Nothing is archived by itself: runs are started by a person.'}
      </p>
    );
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-x-4 gap-y-3">
      <div className="self-center text-sm">
        <Checkbox checked={on} onChange={setOn} hint="What a run on the screen would take, without anybody pressing a button.">
          Archive all that is due every day
        </Checkbox>
      </div>
      {on && (
        <Field label="At (UTC)" className="w-28" error={known ? null : 'Give an hour as 03:00.'}>
          <Input type="time" value={at} onValueChange={(value: string) => setAt(value)} />
        </Field>
      )}
      {changed && (
        <Button type="submit" busy={keep.isPending}>
          Keep
        </Button>
      )}
      {keep.error !== null && (
        <p role="alert" className="basis-full text-sm text-broken">
          {keep.error.message}
        </p>
      )}
    </form>
  );
}

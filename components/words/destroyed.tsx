'use client';

import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import type { ShreddingDto } from '@/lib/schema/words';

/** What was destroyed, when, by whom and under which authority, and whether backups may still hold its keys. */
export function Destroyed({ done }: { done: ShreddingDto }) {
  return (
    <p className="text-ink-2">
      {countOf(done.parts, 'part', 'parts')} destroyed <Time at={done.at} precision="minute" /> by <InertText text={done.requested_by} />,
      under <InertText text={done.authority} />.{' '}
      {done.pending ? (
        <>
          Pending: backups may hold the keys until <Time at={done.backups_until} precision="minute" />.
        </>
      ) : (
        'Backups of before are past their horizon.'
      )}
    </p>
  );
}

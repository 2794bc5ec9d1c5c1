import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { BreakGlassDto } from '@/lib/schema/words';

/** What came of the review of an emergency, by whom and when. */
export function ReviewOutcome({ one, at }: { one: BreakGlassDto; at: string }) {
  return (
    <>
      <Status tone={one.outcome === 'justified' ? 'verified' : 'attention'}>
        {one.outcome === 'justified' ? 'justified' : 'not justified'}
      </Status>
      <p className="text-xs text-ink-3">
        <InertText text={one.reviewed_by ?? ''} />, <Time at={at} precision="minute" />
      </p>
    </>
  );
}

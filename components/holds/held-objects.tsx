'use client';

import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { HoldDetail } from '@/lib/schema/holds';
import { fewOf, upper } from './hold-words';

type Segment = HoldDetail['segments'][number];

/** Whether the store was told, and took it. A directory keeps a mark that whoever owns it can take away. */
export function objectWords(
  { legal_hold: on, legal_hold_fault: fault, store }: Segment,
  stands: boolean,
): { tone: 'verified' | 'waiting' | 'plain' | 'pending' | 'broken'; words: string } {
  const what = store === 's3' ? 'S3 legal hold' : 'Marked as held in the directory';
  if (stands && !on && fault !== null) return { tone: 'broken', words: `${what} could not be put on` };
  if (stands && on) return { tone: store === 's3' ? 'verified' : 'plain', words: store === 's3' ? `${what} is on` : what };
  if (stands) return { tone: 'waiting', words: store === 's3' ? `${what} is being put on` : 'Is being marked as held' };
  if (on) return { tone: 'plain', words: `${what}${store === 's3' ? ' is on' : ''}: another hold reaches it, or it is being taken off` };
  return { tone: 'pending', words: store === 's3' ? `No ${what}` : 'Not marked as held' };
}

function Row({ segment, stands }: { segment: Segment; stands: boolean }) {
  const { tone, words } = objectWords(segment, stands);
  return (
    <li className="border-b border-hairline py-1.5" data-segment={segment.number}>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="tnum">
          Segment {formatCount(segment.number)}, #{formatCount(segment.first_seq)} to #{formatCount(segment.last_seq)}
        </span>
        <Status tone={tone}>{words}</Status>
      </p>
      <p className="text-xs text-ink-3">
        <code className="mono wrap-anywhere">
          <InertText text={segment.object_key} />
        </code>
        {segment.legal_hold && segment.legal_hold_at !== null && (
          <>
            {' '}
            · since <Time at={segment.legal_hold_at} precision="minute" />
          </>
        )}
        {segment.legal_hold_fault !== null && (
          <>
            {' '}
            · <InertText text={segment.legal_hold_fault.say} /> Since <Time at={segment.legal_hold_fault.at} precision="minute" />
          </>
        )}
        {segment.locked_until !== null && (
          <>
            {' '}
            · locked until <Time at={segment.locked_until} precision="minute" />
          </>
        )}
      </p>
    </li>
  );
}

/** What a hold reaches that has left the database: whole objects are held, with what lies beside it. */
export function HeldObjects({ hold, holds, segments, archived, archived_complete: all }: HoldDetail) {
  const stands = hold.released_at === null;
  const { count, exact } = holds.segments;
  if (count === 0)
    return (
      <p className="text-sm text-ink-2">
        {stands
          ? 'Nothing that it holds has left the database, and nothing of it will while it stands.'
          : 'Nothing that it was placed on is in the archive.'}
      </p>
    );
  const off = segments.filter((one) => one.legal_hold !== stands).length;
  const s3 = segments.some((one) => one.store === 's3');
  return (
    <div className="text-sm">
      <p className="text-ink-2">
        {stands
          ? `${upper(fewOf(holds.segments, 'segment holds', 'segments hold'))} something of it, and each is held whole${
              s3 ? ': the S3 legal hold keeps its objects from being deleted, by anybody, past the end of their lock' : ''
            }. `
          : `${upper(fewOf(holds.segments, 'segment', 'segments'))} of what it was placed on. `}
        {stands &&
          off > 0 &&
          `On ${formatCount(off)} of those shown the store has not confirmed it yet; it is tried again every 20 seconds.`}
        {!s3 && stands && 'The archive is a directory: the mark is kept by this product, and whoever owns the directory can take it away.'}
      </p>
      <ul className="mt-1">
        {segments.map((segment) => (
          <Row key={segment.number} segment={segment} stands={stands} />
        ))}
      </ul>
      {(!exact || count > segments.length) && (
        <p className="mt-1 text-xs text-ink-3">
          The newest {formatCount(segments.length)} of {fewOf(holds.segments, 'segment', 'segments')}.
        </p>
      )}
      {archived.length > 0 && (
        <p className="mt-1 text-xs text-ink-3">
          Records that have left the database lie between{' '}
          {archived
            .slice(0, 5)
            .map(({ first_seq, last_seq }) =>
              first_seq === last_seq ? `#${formatCount(first_seq)}` : `#${formatCount(first_seq)} and #${formatCount(last_seq)}`,
            )
            .join('; ')}
          {archived.length > 5 && `, and in ${all ? '' : 'at least '}${formatCount(archived.length - 5)} more conversations`}.
        </p>
      )}
    </div>
  );
}

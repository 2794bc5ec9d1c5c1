'use client';

import Link from 'next/link';
import { formatBytes } from '@/components/exports/export-words';
import { SettingsTable } from '@/components/settings/settings-table';
import { Button } from '@/components/ui/button';
import { useClock } from '@/components/ui/clock';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { SegmentDto } from '@/lib/schema/archive';
import { lockWords, segmentWords } from './archive-words';

const none = <span className="text-ink-3">–</span>;

/** Of one that was given up: when and why. Of one of which records were destroyed: by which destructions; and once all of them were, when it was deleted. */
function State({ segment }: { segment: SegmentDto }) {
  const { tone, words } = segmentWords(segment);
  const { abandoned_at: abandoned, abandoned_because: because, removed_at: removed, destroyed, destroyed_before: before } = segment;
  return (
    <span className="block min-w-24 md:min-w-36">
      <Status tone={tone}>{words}</Status>
      {abandoned !== null && (
        <span className="block max-w-72 text-xs text-ink-2" data-given-up>
          <Time at={abandoned} precision="minute" />
          {because !== null && (
            <>
              : <InertText text={because} />
            </>
          )}{' '}
          Nothing was taken away by it; its records go under another number.
        </span>
      )}
      {destroyed.length > 0 && (
        <span className="block max-w-72 text-xs text-ink-2" data-destroyed-in={segment.number}>
          {removed !== null && (
            <>
              <Time at={removed} precision="minute" />:{' '}
            </>
          )}
          {destroyed.map(({ id, number, records }, place) => (
            <span key={id}>
              {place > 0 && ', '}
              {countOf(records, 'record', 'records')} {removed === null && place === 0 && 'destroyed '}by{' '}
              <Link className="link" prefetch={false} href={`/retention/destruction/${id}`}>
                destruction #{number}
              </Link>
            </span>
          ))}
          {before > 0 && `, and by ${countOf(before, 'destruction', 'destructions')} before these`}
        </span>
      )}
    </span>
  );
}

function Lock({ segment }: { segment: SegmentDto }) {
  const zone = useClock()?.zone ?? 'UTC';
  const { mode, until } = lockWords(segment, zone);
  return (
    <span className="whitespace-nowrap">
      {until === null ? (
        <>
          <span className="text-ink-2">{mode}</span>
          <span className="block text-xs text-ink-3">
            asked for until <Time at={segment.retain_until} precision="minute" />
          </span>
        </>
      ) : (
        <>
          {until}
          <span className="block text-xs text-ink-3">{mode}</span>
        </>
      )}
      {segment.legal_hold && (
        <Status tone="attention" className="flex text-xs">
          under legal hold
        </Status>
      )}
      {segment.legal_hold_fault !== null && (
        <Status tone="broken" className="flex max-w-56 text-xs whitespace-normal">
          <InertText text={segment.legal_hold_fault.say} />
        </Status>
      )}
    </span>
  );
}

/** What was put, and under which version of its key: this alone is ever read. */
function ArchiveObject({ segment }: { segment: SegmentDto }) {
  return (
    <span className="block min-w-44">
      <code className="mono block text-xs wrap-anywhere">
        <InertText text={segment.object} />
      </code>
      <span className="block text-xs text-ink-3">
        in <InertText text={segment.place} />
      </span>
      {segment.version_id !== null && (
        <span className="flex flex-wrap items-center gap-x-1 text-xs text-ink-3">
          version <Hash value={segment.version_id} label={`version of object ${segment.number}`} />
        </span>
      )}
    </span>
  );
}

/** Objects with their locks. `onRestore` is there for those who may put records back. */
export function SegmentsTable({ segments, onRestore }: { segments: SegmentDto[]; onRestore?: (segment: SegmentDto) => void }) {
  return (
    <SettingsTable
      caption="Archive objects, newest first"
      head={['No.', 'State', 'Records', 'Locked until', 'Object', 'SHA-256', 'Packed', ...(onRestore === undefined ? [] : [''])]}
      hideBelow={[null, null, null, null, 'lg', 'lg', 'md', null]}
      rows={segments.map((segment) => {
        return {
          id: segment.number,
          cells: [
            <span key="number" className="tnum">
              {formatCount(segment.number)}
            </span>,
            <State key="state" segment={segment} />,
            <span key="rows" className="tnum whitespace-nowrap">
              {formatCount(segment.rows)}
              <span className="block text-xs text-ink-3">
                #{formatCount(segment.first_seq)} – #{formatCount(segment.last_seq)}
              </span>
              {segment.hot_until !== null && segment.pruned_rows < segment.rows && (
                <span className="block text-xs whitespace-normal text-ink-3 max-md:max-w-36">
                  put back until <Time at={segment.hot_until} precision="minute" />
                </span>
              )}
            </span>,
            segment.state === 'abandoned' ? none : <Lock key="lock" segment={segment} />,
            <ArchiveObject key="object" segment={segment} />,
            segment.sha256 === null ? none : <Hash key="sha" value={segment.sha256} label={`SHA-256 of object ${segment.number}`} />,
            segment.bytes === null ? (
              none
            ) : (
              <span key="bytes" className="tnum whitespace-nowrap">
                {formatBytes(segment.bytes)}
              </span>
            ),
            ...(onRestore === undefined
              ? []
              : [
                  segment.pruned_rows > 0 && segment.removed_at === null ? (
                    <Button key="restore" size="small" onClick={() => onRestore(segment)}>
                      Restore…<span className="sr-only"> records of object {formatCount(segment.number)}</span>
                    </Button>
                  ) : (
                    ''
                  ),
                ]),
          ],
        };
      })}
    />
  );
}

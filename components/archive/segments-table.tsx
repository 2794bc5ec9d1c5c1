'use client';

import { formatBytes } from '@/components/exports/export-words';
import { SettingsTable } from '@/components/settings/settings-table';
import { Button } from '@/components/ui/button';
import { useClock } from '@/components/ui/clock';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { SegmentDto } from '@/lib/schema/archive';
import { lockWords, segmentWords } from './archive-words';

const none = <span className="text-ink-3">–</span>;

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
        const said = segmentWords(segment);
        return {
          id: segment.number,
          cells: [
            <span key="number" className="tnum">
              {formatCount(segment.number)}
            </span>,
            <Status key="state" tone={said.tone} className="md:min-w-36">
              {said.words}
            </Status>,
            <span key="rows" className="tnum whitespace-nowrap">
              {formatCount(segment.rows)}
              <span className="block text-xs text-ink-3">
                #{formatCount(segment.first_seq)} – #{formatCount(segment.last_seq)}
              </span>
              {segment.hot_until !== null && segment.pruned_rows < segment.rows && (
                <span className="block text-xs text-ink-3">
                  put back until <Time at={segment.hot_until} precision="minute" />
                </span>
              )}
            </span>,
            <Lock key="lock" segment={segment} />,
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

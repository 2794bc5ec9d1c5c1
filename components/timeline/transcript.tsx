'use client';

import Link from 'next/link';
import type { CSSProperties } from 'react';
import { BodyAbsence } from '@/components/archive/archived-record';
import { useClock } from '@/components/ui/clock';
import { formatCount } from '@/components/ui/format-count';
import { timeParts } from '@/components/ui/format-time';
import { actionWords } from '@/components/ui/vocabulary-words';
import type { EntryDto } from '@/lib/schema/screens';
import type { TranscriptRow } from './build-transcript';
import { Exhibit } from './exhibit';
import { Leaf, Margin } from './margin';
import { Gap, Hole, Ruling } from './ruling';
import { Speech } from './speech';

function entryOf(row: TranscriptRow): EntryDto | null {
  if (row.kind === 'exhibit') return row.entries[0] ?? null;
  return 'entry' in row ? row.entry : null;
}

function Row({ row }: { row: TranscriptRow }) {
  switch (row.kind) {
    case 'speech':
      return <Speech {...row} />;
    case 'exhibit':
      return <Exhibit {...row} />;
    case 'ruling':
      return <Ruling {...row} />;
    case 'gap':
      return <Gap {...row} />;
    case 'hole':
      return <Hole {...row} />;
    case 'other':
      return (
        <Leaf margin={<Margin entry={row.entry} />} className="max-sm:py-2 sm:*:py-2">
          <div className="text-sm text-ink-2">
            {row.entry.body === null ? (
              <BodyAbsence entry={row.entry} short />
            ) : (
              <Link href={`/records/${row.entry.id}`} prefetch={false} className="link">
                {actionWords(row.entry.body.action)}
              </Link>
            )}
          </div>
        </Leaf>
      );
  }
}

function DayLine({ day }: { day: string }) {
  return (
    <Leaf className="max-sm:py-1 sm:*:py-1">
      <p className="font-serif text-sm text-ink-2 italic">{day}</p>
    </Leaf>
  );
}

/** The transcript itself. A new day is said where it begins. */
export function Transcript({ rows, day }: { rows: TranscriptRow[]; day: string | null }) {
  const zone = useClock()?.zone ?? 'UTC';
  let current: string | null = null;
  // The margin says more of what came from the archive.
  const archived = rows.some((row) => entryOf(row)?.archived !== undefined);
  return (
    <ol
      aria-label={`Transcript, ${formatCount(rows.length)} lines${day === null ? '' : `, opened ${day}`}`}
      className="border-y border-rule"
      style={archived ? ({ '--margin-width': '164px' } as CSSProperties) : undefined}
    >
      {rows.map((row, index) => {
        const entry = entryOf(row);
        const at = entry === null ? null : timeParts(entry.body?.timestamp ?? entry.received_at, zone);
        const turns = at !== null && at.day !== current;
        if (at !== null) current = at.day;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of one immutable page; gaps have no id
          <li key={index}>
            {turns && at !== null && <DayLine day={at.day} />}
            <Row row={row} />
          </li>
        );
      })}
    </ol>
  );
}

'use client';

import { ArchivedLine, BodyAbsence } from '@/components/archive/archived-record';
import { buildTranscript, completeness } from '@/components/timeline/build-transcript';
import { DocketSection, Facts } from '@/components/timeline/docket';
import { useClock } from '@/components/ui/clock';
import { formatCount } from '@/components/ui/format-count';
import { timeParts } from '@/components/ui/format-time';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { actionWords } from '@/components/ui/vocabulary-words';
import { recordWords } from '@/lib/schema/record-words';
import type { ConversationDto, EntryDto } from '@/lib/schema/screens';

function Line({ entry }: { entry: EntryDto }) {
  const zone = useClock()?.zone ?? 'UTC';
  const at = entry.body?.timestamp ?? entry.received_at;
  return (
    <li className="grid grid-cols-[62px_minmax(0,1fr)] gap-x-3 border-b border-hairline py-1 text-sm">
      <time dateTime={at} title={at} className="text-xs leading-5 text-ink-3">
        {timeParts(at, zone)?.clock ?? at}
      </time>
      <span>
        {entry.body === null ? (
          <BodyAbsence entry={entry} short />
        ) : (
          <>
            <span className="font-medium">{actionWords(entry.body.action)}</span>{' '}
            <span className="text-ink-2">
              <InertText text={recordWords(entry.body)} />
            </span>
          </>
        )}
      </span>
    </li>
  );
}

/** The conversation in short: what it was, and its lines without their exhibits. */
export function ConversationPeek({ conversation }: { conversation: ConversationDto }) {
  const rows = buildTranscript(conversation);
  const complete = completeness(conversation, rows.filter((row) => row.kind === 'hole').length);
  return (
    <>
      <h3 className="pb-2 font-serif text-xl font-semibold wrap-anywhere">
        <InertText text={conversation.summary.conversation_id} />
      </h3>
      <DocketSection title="This conversation">
        <Facts dto={conversation} complete={complete} />
      </DocketSection>
      <ArchivedLine entries={conversation.entries} />
      <DocketSection title="In order">
        <ol>
          {rows.map((row) => {
            if (row.kind === 'gap') {
              return (
                <li key={`gap-${row.from}`} className="border-b border-dashed border-amber py-1">
                  <Status tone="attention" className="text-sm">
                    {row.from === row.to ? `Number ${formatCount(row.from)}` : `Numbers ${formatCount(row.from)} to ${formatCount(row.to)}`}{' '}
                    never arrived
                  </Status>
                </li>
              );
            }
            if (row.kind === 'hole') {
              return (
                <li key={`hole-${row.from}`} className="py-1">
                  <Status tone="broken">{`Entries ${row.from} to ${row.to} are missing from the ledger`}</Status>
                </li>
              );
            }
            const entries = row.kind === 'exhibit' ? row.entries : [row.entry];
            return entries.map((entry) => <Line key={entry.id} entry={entry} />);
          })}
        </ol>
      </DocketSection>
    </>
  );
}

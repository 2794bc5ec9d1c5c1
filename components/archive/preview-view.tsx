'use client';

import Link from 'next/link';
import { SettingsTable } from '@/components/settings/settings-table';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import type { ArchivePreviewDto } from '@/lib/schema/archive';

const SHOWN_FIRST = 50;

/** A day of the calendar: locks end at its first moment, UTC. */
const dayOf = (time: string) => time.slice(0, 10);

function untilWords({ earliest, latest }: ArchivePreviewDto['policies'][number]['retain_until']): string {
  return dayOf(earliest) === dayOf(latest) ? dayOf(earliest) : `${dayOf(earliest)} to ${dayOf(latest)}`;
}

/** What a run would do now: how many would go, why, until when their copies are kept, what is held back, and of which conversations. */
export function PreviewView({ preview, titles }: { preview: ArchivePreviewDto; titles: ReadonlyMap<string, string> }) {
  const { records, held, complete, conversations, policies, store } = preview;
  const inConversations = conversations.reduce((sum, each) => sum + each.records, 0);
  return (
    <section aria-label="Preview" className="flex flex-col gap-4" data-preview>
      <div role="status">
        <p className="font-serif text-lg text-balance">
          <InertText text={preview.say} />
        </p>
        <p className="text-xs text-ink-3">
          As of {preview.today}: the time in hot storage that the policies in force ask for is over
          {preview.policy !== null && `; only what ${preview.policy} applies to`}.
          {!complete && ' A preview looks at 50,000 records; a run has no such end.'}
        </p>
      </div>
      {held > 0 && (
        <p className="text-sm">
          <Status tone="attention">
            {`${countOf(held, 'record stays', 'records stay')} where ${held === 1 ? 'it is' : 'they are'}: a legal hold reaches ${held === 1 ? 'it' : 'them'}.`}{' '}
            <Link href="/holds" prefetch={false} className="link">
              Holds
            </Link>
          </Status>
        </p>
      )}
      {records > 0 && (
        <div className="grid gap-x-12 gap-y-5 xl:grid-cols-2">
          <div>
            <h3 className="section-title mb-1">Why, and until when the copies are kept</h3>
            <SettingsTable
              caption="Policies that decide how long each record is kept"
              head={['Policy that decides', 'Kept until', 'Records']}
              rows={policies.map((row) => ({
                id: row.policy,
                cells: [
                  <span key="policy">
                    <InertText text={titles.get(row.policy) ?? row.policy} /> <span className="mono text-ink-3">{row.policy}</span>
                  </span>,
                  <span key="until" className="tnum whitespace-nowrap">
                    {untilWords(row.retain_until)}
                  </span>,
                  <span key="records" className="tnum">
                    {formatCount(row.records)}
                  </span>,
                ],
              }))}
            />
            {store !== null && (
              <p className="mt-1 max-w-[60ch] text-xs text-ink-3">
                {store.worm
                  ? 'Each object is locked through the latest day of what is in it.'
                  : 'A folder has no locks: these are the days through which the policies ask for the copies.'}{' '}
                One that is due the day after tomorrow at the latest is kept until then.
              </p>
            )}
          </div>
          <div>
            <h3 className="section-title mb-1">Of which conversations</h3>
            <div className="max-h-72 overflow-y-auto">
              <SettingsTable
                caption="Conversations of which records would go"
                head={['Conversation', 'Records']}
                rows={conversations.slice(0, SHOWN_FIRST).map((row) => ({
                  id: row.conversation_id,
                  cells: [
                    <Link
                      key="conversation"
                      href={`/conversations/${encodeURIComponent(row.conversation_id)}`}
                      prefetch={false}
                      className="link"
                    >
                      <InertText text={row.conversation_id} />
                    </Link>,
                    <span key="records" className="tnum">
                      {formatCount(row.records)}
                    </span>,
                  ],
                }))}
              />
            </div>
            {inConversations < records && (
              <p className="mt-1 text-xs text-ink-3">
                {countOf(records - inConversations, 'record is', 'records are')} of other conversations, or of none. The list names the
                first {SHOWN_FIRST}.
              </p>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useMemo, useTransition } from 'react';
import type { Column } from '@/components/data-table/columns';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { SavedViews } from '@/components/data-table/saved-views';
import { useFilters } from '@/components/data-table/use-filters';
import { RECORD_COLUMNS } from '@/components/records/record-columns';
import { RECORD_PEEK } from '@/components/records/record-peek';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { ArchiveFilter, type ArchiveSearchDto } from '@/lib/schema/archive-search';
import type { EntryDto } from '@/lib/schema/screens';
import { ACCESS_ACTIONS, AGENT_ACTIONS } from '@/lib/schema/vocabulary';
import { ArchiveTextForm } from './archive-text-form';
import { excerptOf, searchedWords } from './search-words';

/** What has left the database, searched in copies whose hash was checked. */
export function ArchiveSearchScreen({ page }: { page: ArchiveSearchDto }) {
  const { ledger } = useFrame();
  const toArchive = useMay('archive.read');
  const fields = useMemo(
    () => describeFilter(ArchiveFilter, { action: ledger.kind === 'access' ? ACCESS_ACTIONS : AGENT_ACTIONS }),
    [ledger.kind],
  );
  const { values, apply, pending } = useFilters(fields);
  const columns = useMemo(() => columnsFor(page.filters.text, toArchive), [page.filters.text, toArchive]);
  const { copies } = page;
  const none = copies.segments === 0;
  return (
    <DataTable
      name="archive-search"
      caption="Archived records that pass, newest first"
      noun="archived records"
      columns={columns}
      rows={page.rows}
      page={page}
      {...RECORD_PEEK}
      toolbar={
        none ? undefined : (
          <div className="flex flex-col gap-2">
            <ArchiveTextForm
              key={values.text ?? ''}
              asked={values.text ?? ''}
              pending={pending}
              onSearch={(text) => apply({ ...values, text: text ?? '' })}
            />
            <FilterBar shape={ArchiveFilter} fields={fields} />
            <Searched page={page} />
          </div>
        )
      }
      actions={none ? undefined : <SavedViews />}
      empty={none ? <NothingArchived /> : <Empty page={page} fields={fields} />}
    />
  );
}

/** How far it looked, and what it could not look into. */
function Searched({ page: { copies, say } }: { page: ArchiveSearchDto }) {
  const tone = copies.contradicted.length + copies.forged.length > 0 ? 'broken' : say === null ? 'verified' : 'attention';
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-xs" role="status">
      <span className="text-ink-2">{searchedWords(copies)}</span>
      {say !== null && (
        <Status tone={tone}>
          <InertText text={say} />
        </Status>
      )}
      {(copies.preparing > 0 || copies.unreachable.length > 0 || copies.forged.length > 0) && <SearchAgain />}
    </div>
  );
}

function SearchAgain() {
  const router = useRouter();
  const [pending, start] = useTransition();
  return (
    <Button tone="plain" size="small" disabled={pending} onClick={() => start(() => router.refresh())}>
      {pending ? 'Searching…' : 'Search again'}
    </Button>
  );
}

function Empty({ page, fields }: { page: ArchiveSearchDto; fields: Parameters<typeof NoRows>[0]['fields'] }) {
  const { copies, searched_to: searchedTo } = page;
  if (copies.preparing > 0)
    return (
      <Absence kind="archived" title="Being prepared for searching" action={<SearchAgain />}>
        {`${formatCount(copies.preparing)} of ${formatCount(copies.asked)} segments are fetched from the archive, verified, and made searchable now. It goes on when you leave this page.`}
      </Absence>
    );
  if (copies.unreachable.length > 0 || copies.contradicted.length > 0)
    return (
      <Absence kind="no_match" title="Nothing found in what could be read">
        Parts of the archive could not be looked into; the line above says which and why.
      </Absence>
    );
  if (searchedTo !== null)
    return (
      <Absence kind="no_match" title="Nothing found so far">
        {`Looked as far as #${formatCount(searchedTo)}; go on with “Older”.`}
      </Absence>
    );
  return <NoRows fields={fields} noun="archived record" />;
}

function NothingArchived() {
  const toArchive = useMay('archive.read');
  return (
    <Absence
      kind="nothing_recorded"
      title="Nothing of this ledger is archived yet"
      action={
        <div className="flex gap-2">
          {toArchive && (
            <Link href="/retention/archive" prefetch={false} className={buttonClass('plain', 'small')}>
              To the archive
            </Link>
          )}
          <Link href="/records" prefetch={false} className={buttonClass('plain', 'small')}>
            Search the records
          </Link>
        </div>
      }
    >
      Records are archived when their time in hot storage is over. Until then they are found among the records.
    </Absence>
  );
}

function columnsFor(text: string | undefined, toArchive: boolean): Column<EntryDto>[] {
  const segment: Column<EntryDto> = {
    id: 'segment',
    label: 'Segment',
    width: '84px',
    priority: 3,
    render: ({ archived }) =>
      archived === undefined ? (
        <span className="text-ink-3">–</span>
      ) : toArchive ? (
        <Link href={`/retention/archive?show=objects&object=${BigInt(archived.segment) + 1n}`} prefetch={false} className="tnum">
          {formatCount(archived.segment)}
        </Link>
      ) : (
        <span className="tnum">{formatCount(archived.segment)}</span>
      ),
  };
  const talk = RECORD_COLUMNS.map((column) => (column.id === 'conversation' ? { ...column, render: toConversation } : column));
  if (text === undefined) return [...talk, segment];
  // Where it was found is what the eye goes to: it takes the room of what it says anyway.
  const found: Column<EntryDto> = { id: 'found', label: 'Found in', priority: 1, render: (entry) => <Found entry={entry} text={text} /> };
  const others = talk.flatMap((column): Column<EntryDto>[] => {
    if (column.id === 'action') return [{ ...column, priority: 2 }, found];
    return [['what', 'subject', 'outcome'].includes(column.id) ? { ...column, extra: true } : column];
  });
  return [...others, segment];
}

function toConversation({ body }: EntryDto) {
  const id = body?.conversation_id;
  if (id === undefined) return <span className="text-ink-3">–</span>;
  return (
    <Link href={`/conversations/${encodeURIComponent(id)}`} prefetch={false}>
      <InertText text={id} />
    </Link>
  );
}

function Found({ entry, text }: { entry: EntryDto; text: string }) {
  const found = excerptOf(entry.body, text);
  if (found === null) return <span className="text-ink-3">–</span>;
  return (
    <span>
      <span className="text-ink-3">{found.path}: </span>
      <InertText text={found.before} />
      <mark className="rounded-sm bg-amber-wash font-medium text-ink">
        <InertText text={found.match} />
      </mark>
      <InertText text={found.after} />
    </span>
  );
}

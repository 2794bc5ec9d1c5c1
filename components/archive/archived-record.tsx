'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { Fact, FactList } from '@/components/ui/fact-list';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ArchivedDto } from '@/lib/schema/archive';
import { archivedWords } from '@/lib/schema/archived-words';
import type { DestroyedDto } from '@/lib/schema/destruction';
import type { EntryDto } from '@/lib/schema/screens';

/** In the margin of a record: that it came from the archive, and how far that was checked. */
export function ArchivedMark({ archived }: { archived: ArchivedDto }) {
  const { words, tone } = archivedWords({ state: archived.state });
  return (
    <span
      data-archived={archived.state}
      title={`${archived.say} Segment ${archived.segment}.`}
      className={cx('text-2xs', tone === 'broken' ? 'text-broken' : tone === 'attention' ? 'text-amber' : 'whitespace-nowrap')}
    >
      {words}
    </span>
  );
}

function SegmentLink({ number, children }: { number: string; children: ReactNode }) {
  const may = useMay('archive.read');
  if (!may) return children;
  return (
    <Link href={`/retention/archive?show=objects&object=${BigInt(number) + 1n}`} prefetch={false} className="link">
      {children}
    </Link>
  );
}

const STORES = { s3: 'the object store', directory: 'the folder of the archive' } as const;

/** Until when the copy is kept: by a lock that nobody lifts, or by the policies alone. */
function Kept({ archived }: { archived: ArchivedDto }) {
  const { lock_mode: mode, locked_until: until } = archived;
  if (mode !== null && mode !== 'NONE' && until !== null)
    return (
      <>
        locked until <Time at={until} precision="minute" />
      </>
    );
  return (
    <>
      kept until <Time at={archived.retain_until} precision="minute" />, without a lock
    </>
  );
}

function Again() {
  const router = useRouter();
  return (
    <Button size="small" className="no-print" onClick={() => router.refresh()}>
      Fetch again
    </Button>
  );
}

/** A segment with the records of a page that lie in it, as they were found. */
interface FromSegment {
  archived: ArchivedDto;
  records: number;
}

/** By segment and by what was found, in the order of the records. */
export function bySegment(entries: readonly Pick<EntryDto, 'archived'>[]): FromSegment[] {
  const found = new Map<string, FromSegment>();
  for (const { archived } of entries) {
    if (archived === undefined) continue;
    const name = `${archived.segment} ${archived.state}`;
    const known = found.get(name);
    if (known === undefined) found.set(name, { archived, records: 1 });
    else known.records++;
  }
  return [...found.values()];
}

function FromSegmentLine({ from: { archived, records }, of }: { from: FromSegment; of: number }) {
  const { words, tone } = archivedWords(archived);
  const which = `${records === of ? (of === 1 ? 'The record' : `All ${formatCount(of)} records`) : `${formatCount(records)} of ${formatCount(of)} records`} on this page`;
  return (
    <li className="flex flex-col items-start gap-1" data-segment={archived.segment} data-state={archived.state}>
      <Status tone={tone}>
        {which}: {words}
        {archived.kept === true && archived.fetched_at !== undefined && (
          <>
            {' '}
            (<Time at={archived.fetched_at} />)
          </>
        )}
      </Status>
      <span className="pl-5 text-ink-2">
        <SegmentLink number={archived.segment}>Segment {formatCount(archived.segment)}</SegmentLink> in {STORES[archived.store]}, since{' '}
        <Time at={archived.archived_at} precision="minute" />; <Kept archived={archived} />.
        {(archived.state === 'unreachable' || archived.state === 'contradicted') && (
          <>
            {' '}
            <InertText text={archived.say} /> What is missing here is not lost from the ledger: entries and seals stand.
          </>
        )}
      </span>
      {archived.state === 'unreachable' && (
        <span className="pl-5">
          <Again />
        </span>
      )}
    </li>
  );
}

/** On top of a conversation: from which segments it was fetched, and whether they are what was archived. */
export function ArchivedLine({ entries }: { entries: readonly EntryDto[] }) {
  const segments = bySegment(entries);
  if (segments.length === 0) return null;
  return (
    <section aria-label="From the archive" className="mb-3 border-y border-rule py-2 text-sm">
      <ul className="flex flex-col gap-2">
        {segments.map((from) => (
          <FromSegmentLine key={`${from.archived.segment} ${from.archived.state}`} from={from} of={entries.length} />
        ))}
      </ul>
    </section>
  );
}

/** Why there is no body to show: it lies elsewhere and cannot be had now, what lies there is something else, or it is gone and nothing says that it may be. */
export function BodyAbsence({ entry, short = false }: { entry: Pick<EntryDto, 'archived' | 'destroyed' | 'seq'>; short?: boolean }) {
  const { archived, destroyed } = entry;
  if (destroyed !== undefined) return <Erased destroyed={destroyed} short={short} />;
  if (archived === undefined)
    return (
      <Status tone="broken">
        The record of this entry is not in the database, or cannot be read, and none was archived.
        {!short && ' Entry and seal remain; a verification says what is wrong.'}
      </Status>
    );
  const { tone } = archivedWords(archived);
  return (
    <span className="flex flex-col items-start gap-1.5">
      <Status tone={tone}>
        <InertText text={archived.say} />
      </Status>
      {!short && (
        <span className="text-sm text-ink-2">
          Entry and seal remain here. <SegmentLink number={archived.segment}>Segment {formatCount(archived.segment)}</SegmentLink> in{' '}
          {STORES[archived.store]}; <Kept archived={archived} />.
        </span>
      )}
      {!short && archived.state === 'unreachable' && <Again />}
    </span>
  );
}

function Erased({ destroyed, short }: { destroyed: DestroyedDto; short: boolean }) {
  const may = useMay('retention.read');
  const name = `certificate #${destroyed.number}`;
  return (
    <span className="flex flex-col items-start gap-1.5" data-destroyed={destroyed.number}>
      <Status tone="plain">
        Erased under policy{destroyed.on === null ? '' : ` on ${destroyed.on}`},{' '}
        {may ? (
          <Link href={`/retention/destruction/${destroyed.id}`} prefetch={false} className="link">
            {name}
          </Link>
        ) : (
          name
        )}
      </Status>
      {!short && <span className="text-sm text-ink-2">Entry and seal remain here, so that the ledger still verifies.</span>}
    </span>
  );
}

/** Of one record: where its body lies, and what was checked when it was fetched. */
export function ArchivedFacts({ archived }: { archived: ArchivedDto }) {
  const { words, tone } = archivedWords(archived);
  return (
    <FactList>
      <Fact name="State">
        <Status tone={tone}>{`${words.charAt(0).toUpperCase()}${words.slice(1)}`}</Status>
        {archived.state === 'verified' && (
          <span className="block text-xs text-ink-3">
            The manifest that the ledger’s key signed, the segment’s bytes and this record’s digest agree.
          </span>
        )}
      </Fact>
      <Fact name="Segment">
        <SegmentLink number={archived.segment}>{formatCount(archived.segment)}</SegmentLink> in {STORES[archived.store]}
      </Fact>
      <Fact name="Archived">
        <Time at={archived.archived_at} />
      </Fact>
      <Fact name="Copy">
        <Kept archived={archived} />
      </Fact>
      {archived.fetched_at !== undefined && (
        <Fact name="Fetched">
          <Time at={archived.fetched_at} />
          {archived.kept === true && <span className="text-ink-3">, and kept in memory since</span>}
        </Fact>
      )}
    </FactList>
  );
}

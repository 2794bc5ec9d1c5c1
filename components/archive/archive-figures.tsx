'use client';

import Link from 'next/link';
import { formatBytes } from '@/components/exports/export-words';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ArchiveDto } from '@/lib/schema/archive';

/** What is in the archive of this ledger. */
export function ArchiveFigures({ archive }: { archive: ArchiveDto }) {
  const { segments, records, archived_alone: alone, bytes, held_segments: held, hold_faults: unheld, short_locks: short } = archive;
  const sound = segments.confirmed + segments.pruned;
  const underWay = segments.planned + segments.uploaded;
  if (sound + underWay === 0)
    return <p className="py-2 text-sm text-ink-2">Nothing of this ledger is archived yet. Every record is in the database.</p>;
  return (
    <FactList>
      <Fact name="Records">
        <span className="tnum">{formatCount(records)}</span>
      </Fact>
      <Fact name="There alone">
        <span className="tnum">{formatCount(alone)}</span>
        <span className="text-ink-3">
          {alone === records ? ', all of them' : `; ${formatCount(records - alone)} are in the database too`}
        </span>
      </Fact>
      <Fact name="Objects">
        <span className="tnum">{formatCount(sound)}</span>
        <span className="text-ink-3">, {formatBytes(bytes)} packed</span>
      </Fact>
      {underWay > 0 && (
        <Fact name="On its way">
          <Status tone="waiting">
            {countOf(underWay, 'object is', 'objects are')} chosen or put, and not confirmed; the next run goes on with it
          </Status>
        </Fact>
      )}
      {segments.abandoned > 0 && (
        <Fact name="Given up">
          <Link className="link" prefetch={false} href="/retention/archive?show=objects&state=abandoned">
            {countOf(segments.abandoned, 'object', 'objects')}
          </Link>
          <span className="text-ink-3">, before {segments.abandoned === 1 ? 'it was' : 'they were'} confirmed; nothing left by that</span>
        </Fact>
      )}
      {short > 0 && (
        <Fact name="Locks">
          <Status tone="attention">
            {short === 1
              ? 'The lock of 1 object ends before its records may go'
              : `The locks of ${formatCount(short)} objects end before their records may go`}
            ; the store has not taken a longer one yet
          </Status>
        </Fact>
      )}
      <Fact name="Under hold">
        {held === 0 ? 'None' : `${countOf(held, 'object', 'objects')}: not to be deleted, whatever its day`}
        {unheld !== null && (
          <Status tone="broken" className="block">
            {countOf(unheld.segments, 'object is', 'objects are')} not held as {unheld.segments === 1 ? 'it' : 'they'} should be, since{' '}
            <Time at={unheld.since} precision="minute" />: <InertText text={unheld.say} />
          </Status>
        )}
      </Fact>
    </FactList>
  );
}

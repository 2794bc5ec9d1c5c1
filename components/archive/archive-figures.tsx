'use client';

import { formatBytes } from '@/components/exports/export-words';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import type { ArchiveDto } from '@/lib/schema/archive';

/** What is in the archive of this ledger. */
export function ArchiveFigures({ archive }: { archive: ArchiveDto }) {
  const { segments, records, archived_alone: alone, bytes, held_segments: held } = archive;
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
      <Fact name="Under hold">{held === 0 ? 'None' : `${countOf(held, 'object', 'objects')}: not to be deleted, whatever its day`}</Fact>
    </FactList>
  );
}

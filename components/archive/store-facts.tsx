'use client';

import { Absence } from '@/components/ui/absence';
import { Fact, FactList } from '@/components/ui/fact-list';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import type { ArchiveDto } from '@/lib/schema/archive';

const KINDS = { s3: 'Object store (S3)', directory: 'A folder of the server' } as const;

/** Where new objects go, and whether the place will do: looked at a minute ago at most (lib/archive/archive-state.ts). */
export function StoreFacts({ store }: { store: ArchiveDto['store'] }) {
  if (store === null)
    return (
      <Absence kind="nothing_recorded" title="No archive is configured" className="py-2">
        Nothing can leave the database. Set <code className="mono">ARCHIVE_BUCKET</code> to a bucket with Object Lock, or{' '}
        <code className="mono">ARCHIVE_DIR</code> to a folder, and start the server again.
      </Absence>
    );
  return (
    <FactList>
      <Fact name="Kind">{KINDS[store.kind]}</Fact>
      <Fact name="Place">
        <code className="mono wrap-anywhere">
          <InertText text={store.place} />
        </code>
      </Fact>
      <Fact name="Keeps">
        {store.worm ? (
          <>
            Write once, read many
            <span className="block text-xs text-ink-3">
              Each object is locked in Compliance mode until its day: nobody deletes or shortens it before, the owner of the bucket
              included.
            </span>
          </>
        ) : (
          <>
            Tamper-evident, not write-once
            <span className="block text-xs text-ink-3">
              Files are created once and made read-only; whoever owns the machine can still delete them. A change is found on fetch and by
              every verification of the archive. For storage that cannot be rewritten, use a bucket with Object Lock.
            </span>
          </>
        )}
      </Fact>
      <Fact name="Last check">
        {store.fault === null ? (
          <>
            <Status tone="verified">It will do</Status>
            <span className="text-ink-3">, as of a minute ago at most</span>
          </>
        ) : (
          <>
            <Status tone="attention">It will not do: nothing is archived to it</Status>
            <span role="alert" className="block wrap-anywhere">
              <InertText text={store.fault} />
            </span>
          </>
        )}
      </Fact>
    </FactList>
  );
}

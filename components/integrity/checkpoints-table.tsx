'use client';

import Link from 'next/link';
import { useState } from 'react';
import { ANCHOR_WORDS, anchorsByKind } from '@/components/proof/anchor-words';
import { buttonClass } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { CheckpointDto, SignerKeyDto } from '@/lib/schema/proofs';
import { CheckpointFacts } from './newest-checkpoint';

interface Props {
  checkpoints: CheckpointDto[];
  keys: SignerKeyDto[];
  nextBefore: string | null;
  /** On an older page: the way back to the newest. */
  paged: boolean;
}

function outside(checkpoint: CheckpointDto): string {
  return anchorsByKind(checkpoint.anchors)
    .map(([kind, anchors]) => (anchors.length > 1 ? `${ANCHOR_WORDS[kind].noun} × ${anchors.length}` : ANCHOR_WORDS[kind].noun))
    .join(', ');
}

/** Every checkpoint that was signed, newest first. One of the same size as the one before is a heartbeat: it says that nothing came. */
export function CheckpointsTable({ checkpoints, keys, nextBefore, paged }: Props) {
  const [open, setOpen] = useState<CheckpointDto | null>(null);
  if (checkpoints.length === 0) return <p className="py-2 text-sm text-ink-2">No checkpoint yet. The first one will stand here.</p>;
  return (
    <div className="@container">
      <table className="w-full table-fixed border-collapse text-sm">
        <caption className="sr-only">Checkpoints, newest first</caption>
        <colgroup>
          <col style={{ width: '64px' }} />
          <col style={{ width: 'var(--time-width)' }} />
          <col className="@2xl:w-32" />
          <col className="@max-3xl:hidden" style={{ width: '190px' }} />
          <col className="@max-2xl:hidden" />
        </colgroup>
        <thead>
          <tr className="border-y border-rule text-left text-xs text-ink-2">
            <th scope="col" className="h-7 font-medium">
              No.
            </th>
            <th scope="col" className="font-medium">
              Signed
            </th>
            <th scope="col" className="px-2 text-right font-medium">
              Records
            </th>
            <th scope="col" className="px-2 font-medium @max-3xl:hidden">
              Root
            </th>
            <th scope="col" className="px-2 font-medium @max-2xl:hidden">
              Outside
            </th>
          </tr>
        </thead>
        <tbody>
          {checkpoints.map((checkpoint, index) => {
            const before = checkpoints[index + 1];
            const heartbeat = before !== undefined && before.size === checkpoint.size && before.incarnation === checkpoint.incarnation;
            const copies = outside(checkpoint);
            return (
              <tr key={checkpoint.number} className="h-7 border-b border-hairline hover:bg-sunk">
                <td className="truncate">
                  <button
                    type="button"
                    onClick={() => setOpen(checkpoint)}
                    className="tnum underline decoration-hairline underline-offset-3 hover:decoration-current"
                    aria-label={`Checkpoint ${formatCount(checkpoint.number)}`}
                  >
                    {formatCount(checkpoint.number)}
                  </button>
                </td>
                <td className="truncate">
                  <Time at={checkpoint.signed_at} />
                </td>
                <td className="tnum truncate px-2 text-right" title={heartbeat ? 'Nothing had come since the one before' : undefined}>
                  <span className={heartbeat ? 'text-ink-3' : undefined}>{formatCount(checkpoint.size)}</span>
                </td>
                <td className="truncate px-2 @max-3xl:hidden">
                  <Hash value={checkpoint.root} label="root hash" />
                </td>
                <td className="truncate px-2 @max-2xl:hidden">
                  {copies === '' ? (
                    <span className="text-ink-3">–</span>
                  ) : (
                    <Status tone={checkpoint.witnessed ? 'verified' : 'plain'}>{copies}</Status>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <nav aria-label="Pages of checkpoints" className="no-print flex gap-1.5 py-3">
        {paged && (
          <Link href="/integrity?show=checkpoints" prefetch={false} className={buttonClass('plain', 'small')}>
            Newest
          </Link>
        )}
        {nextBefore !== null && (
          <Link href={`/integrity?show=checkpoints&checkpoint=${nextBefore}`} prefetch={false} className={buttonClass('plain', 'small')}>
            Older checkpoints
          </Link>
        )}
      </nav>
      {open !== null && (
        <Dialog open onOpenChange={(next) => !next && setOpen(null)} title={`Checkpoint ${formatCount(open.number)}`} width="wide">
          <CheckpointFacts checkpoint={open} keys={keys} />
        </Dialog>
      )}
    </div>
  );
}

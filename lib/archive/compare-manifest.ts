import 'server-only';
import { type ArchiveManifest, sayRanges } from '@/lib/chain/archive-manifest';
import { toHex } from '@/lib/chain/bytes';
import type { Segment } from './segments';
import type { CoveringCheckpoint } from './sign-manifest';

export interface RowContradiction {
  what: string;
  /** As the signed manifest says. */
  signed: string;
  /** As the row of archive_segments says. */
  row: string;
}

/** Every place where a row says otherwise than its signed manifest: a genuine manifest beside a row of somebody else's making vouches for nothing. */
export function contradictRow(manifest: ArchiveManifest, segment: Segment, covering: CoveringCheckpoint): RowContradiction[] {
  const { checkpoint } = manifest;
  const digest = (of: { bytes: number; sha256: Uint8Array } | null) => (of === null ? '(none)' : `${of.bytes} ${toHex(of.sha256)}`);
  const all: RowContradiction[] = [
    { what: 'number', signed: String(manifest.number), row: String(segment.number) },
    { what: 'positions', signed: sayRanges(manifest.ranges), row: sayRanges(segment.ranges) },
    { what: 'object', signed: manifest.object, row: segment.objectKey },
    { what: 'kept until', signed: manifest.retainUntil, row: segment.retainUntil.toISOString() },
    { what: 'packed bytes', signed: digest(manifest.gzip), row: digest(segment.gzip) },
    { what: 'bytes', signed: digest(manifest.raw), row: digest(segment.raw) },
    {
      what: 'checkpoint',
      signed: `${checkpoint.number} ${checkpoint.size} ${toHex(checkpoint.root)}`,
      row: `${covering.number} ${covering.size} ${toHex(covering.root)}`,
    },
  ];
  return all.filter(({ signed, row }) => signed !== row);
}

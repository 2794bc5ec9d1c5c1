import type { BundleVerdict } from '@/lib/chain/verify-bundle';
import { COMPARISON_BYTES } from '@/lib/schema/comparison';

/** What is sent to be held against the ledger of today. */
export interface Comparand {
  text: string;
  what?: 'bundle';
}

/** What the bundle is by itself, before its checkpoint is held against anything: found in the browser. */
export interface OwnVerdict {
  verdict: BundleVerdict['verdict'];
  records: number;
  /** The first of what is wrong, in words. */
  fault: string | null;
}

/** Some ten thousand records of the largest kind; more than that a browser need not hold. */
const BUNDLE_BYTES = 512 * 1024 * 1024;
const CHECKPOINT = 'checkpoint';

function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b;
}

/**
 * A checkpoint or a receipt as it stands in its file; of a bundle its checkpoint alone, so that what it says about people stays in the browser. The bundle is
 * verified here first: that its checkpoint fits says nothing of records that were changed beside it.
 * @throws RangeError with a sentence for the reader; ZipError for an archive that is not read
 */
export async function readComparand(file: Blob): Promise<{ comparand: Comparand; own: OwnVerdict | null }> {
  if (!isZip(new Uint8Array(await file.slice(0, 2).arrayBuffer()))) {
    if (file.size > COMPARISON_BYTES) throw new RangeError('The file is too large for a checkpoint or a receipt.');
    return { comparand: { text: await file.text() }, own: null };
  }
  if (file.size > BUNDLE_BYTES) throw new RangeError('The bundle is too large for this page. Unzip it and bring its file “checkpoint”.');
  const [{ readZip }, { verifyBundle }] = await Promise.all([import('@/lib/chain/read-zip'), import('@/lib/chain/verify-bundle')]);
  const files = readZip(new Uint8Array(await file.arrayBuffer()));
  const checkpoint = files.get(CHECKPOINT);
  if (checkpoint === undefined) throw new RangeError('The archive is no evidence bundle: there is no file “checkpoint” in it.');
  const { verdict, entries, checks } = await verifyBundle(files, { pause: () => new Promise((resolve) => setTimeout(resolve)) });
  return {
    comparand: { text: new TextDecoder().decode(checkpoint), what: 'bundle' },
    own: { verdict, records: entries.length, fault: checks.find(({ outcome }) => outcome === 'failed')?.say ?? null },
  };
}

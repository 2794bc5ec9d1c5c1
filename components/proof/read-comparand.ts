import { COMPARISON_BYTES } from '@/lib/schema/comparison';

/** What is sent to be held against the ledger of today. */
export interface Comparand {
  text: string;
  what?: 'bundle';
}

/** A bundle of a hundred thousand records; more than that a browser need not hold to read one small file out of it. */
const BUNDLE_BYTES = 512 * 1024 * 1024;
const CHECKPOINT = 'checkpoint';

function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b;
}

/**
 * A checkpoint or a receipt as it stands in its file; of a bundle its checkpoint alone, so that what it says about people stays in the browser.
 * @throws RangeError with a sentence for the reader; ZipError for an archive that is not read
 */
export async function readComparand(file: Blob): Promise<Comparand> {
  if (!isZip(new Uint8Array(await file.slice(0, 2).arrayBuffer()))) {
    if (file.size > COMPARISON_BYTES) throw new RangeError('The file is too large for a checkpoint or a receipt.');
    return { text: await file.text() };
  }
  if (file.size > BUNDLE_BYTES) throw new RangeError('The bundle is too large for this page. Unzip it and bring its file “checkpoint”.');
  const { readZip } = await import('@/lib/chain/read-zip');
  const checkpoint = (await readZip(new Uint8Array(await file.arrayBuffer()))).get(CHECKPOINT);
  if (checkpoint === undefined) throw new RangeError('The archive is no evidence bundle: there is no file “checkpoint” in it.');
  return { text: new TextDecoder().decode(checkpoint), what: 'bundle' };
}

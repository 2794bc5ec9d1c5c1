import { CONTENT_KEYS, MANIFEST, type WordsCounts } from './bundle-format';
import type { BundleBreak, CheckList } from './bundle-verdict';
import type { BundlePart, BundleWords } from './bundle-words';
import { toHex } from './bytes';
import type { Sha256 } from './entry-hash';
import { isCommittedKey, TAG_BYTES } from './sealed-words';

const PAUSE_EVERY = 64;

/**
 * Words against what their records commit to: each part that is here is opened, each that is not is told of. A bundle holds no words that its keys do not
 * prove: there is nothing in between.
 */
export async function checkWords(
  words: BundleWords,
  hash: Sha256,
  list: CheckList,
  pause?: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const breaks: BundleBreak[] = words.faults.map((fault) => ({ ...fault, code: 'content_mismatch' }));
  const found: WordsCounts = { parts: 0, shredded: 0, left_out: 0, unreadable: 0 };
  const used = new Set<string>();
  let unopened = 0;
  for (const [i, part] of words.parts.entries()) {
    if (part.ciphertext !== null) {
      found.parts++;
      used.add(part.commitment.key_id);
      const fault = faultOf(part, words, hash) ?? (await openFault(part, words, () => unopened++));
      if (fault !== null) breaks.push(at(part, 'content_mismatch', fault.expected, fault.found));
    } else if (part.absent === null) breaks.push(at(part, 'content_missing', 'sealed words, or why they are not here', 'neither'));
    else found[part.absent.why]++;
    if (i % PAUSE_EVERY === PAUSE_EVERY - 1) await pause?.(i + 1, words.parts.length);
  }
  for (const id of words.keyIds)
    if (!used.has(id))
      breaks.push({ seq: null, path: CONTENT_KEYS, code: 'content_mismatch', expected: 'keys of the parts that are here', found: id });
  const names = ['parts', 'shredded', 'left_out', 'unreadable'] as const;
  for (const name of names)
    if (found[name] !== words.counts[name])
      breaks.push({
        seq: null,
        path: MANIFEST,
        code: 'content_missing',
        expected: `${words.counts[name]} ${name}`,
        found: `${found[name]}`,
      });
  if (breaks.length === 0 && unopened > 0)
    list.skip(
      'words',
      `${found.parts} sealed parts are those that the records commit to, under the keys that they commit to; they were not opened, for this page was opened in a way in which the browser gives it no cipher. Open it as a file, or over https.`,
    );
  else
    list.settle(
      'words',
      breaks,
      `${found.parts} parts of words are what the records commit to: opened with the keys that they commit to, and unchanged.`,
      'Words are not what the records commit to.',
    );
  tellAbsent(found, list);
}

function tellAbsent({ shredded, left_out: leftOut, unreadable }: WordsCounts, list: CheckList): void {
  if (leftOut > 0)
    list.note(
      `The words of ${leftOut} parts, which are not in this bundle: their key opens more than the records here, so that it was not given out. A bundle of the whole conversation has them.`,
    );
  if (shredded > 0)
    list.note(
      `That ${shredded} parts were shredded, when, by whom and under which authority: so says the bundle, and nobody signed it. Their words are not here.`,
    );
  if (unreadable > 0)
    list.note(
      `${unreadable} parts could not be opened when the bundle was made: a verification of the ledger says whether they are damaged there.`,
    );
}

function faultOf(part: BundlePart, words: BundleWords, hash: Sha256): { expected: string; found: string } | null {
  const { commitment, ciphertext, absent } = part;
  if (absent !== null) return { expected: 'words, or why they are not here', found: 'both' };
  if (ciphertext!.length !== commitment.length + TAG_BYTES)
    return { expected: `${commitment.length + TAG_BYTES} bytes`, found: `${ciphertext!.length}` };
  const digest = toHex(hash(ciphertext!));
  if (digest !== commitment.ciphertext_sha256) return { expected: commitment.ciphertext_sha256, found: digest };
  const key = words.key(commitment.key_id);
  if (key === null) return { expected: `the data key ${commitment.key_id}`, found: 'none' };
  if (!isCommittedKey(key, commitment)) return { expected: `a key with the commitment ${commitment.key_commitment}`, found: 'another' };
  return null;
}

async function openFault(
  part: BundlePart,
  words: BundleWords,
  onNoCipher: () => void,
): Promise<{ expected: string; found: string } | null> {
  const opened = await words.open(part);
  if (opened === 'no_cipher') onNoCipher();
  return opened === null ? { expected: 'a ciphertext whose tag fits', found: 'another' } : null;
}

function at({ seq, path }: BundlePart, code: BundleBreak['code'], expected: string, found: string): BundleBreak {
  return { seq: String(seq), path, code, expected, found };
}

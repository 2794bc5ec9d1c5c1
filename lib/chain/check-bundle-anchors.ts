import { ANCHORS, BundleAnchors, CHECKPOINT, readBundleFile } from './bundle-format';
import type { BundleBreak, CheckList } from './bundle-verdict';
import { equalBytes, toHex, utf8 } from './bytes';
import type { Sha256 } from './entry-hash';
import { readTimeStamp } from './read-time-stamp';
import { NoteError, parseNote } from './signed-note';

const SHA_256 = '2.16.840.1.101.3.4.2.1';

/** The files that the list of copies outside names. */
export function anchorFiles(files: ReadonlyMap<string, Uint8Array>): string[] {
  const bytes = files.get(ANCHORS);
  const anchors = bytes === undefined ? null : readBundleFile(BundleAnchors, bytes);
  return (anchors ?? []).flatMap(({ file }) => (file === null ? [] : [file]));
}

/**
 * Copies outside: a time stamp must be of this very checkpoint; whether its authority signed it, and what a locked object or a delivery proves, is for their
 * own tools, and is said.
 */
export function checkAnchors(files: ReadonlyMap<string, Uint8Array>, hash: Sha256, list: CheckList): void {
  const bytes = files.get(ANCHORS);
  const anchors = bytes === undefined ? [] : readBundleFile(BundleAnchors, bytes);
  if (anchors === null) {
    list.fail('anchors', 'The list of copies outside cannot be read.', [
      { seq: null, path: ANCHORS, code: 'malformed', expected: 'a list', found: '' },
    ]);
    return;
  }
  if (anchors.length === 0) {
    list.skip('anchors', 'Nobody outside has seen this checkpoint as far as this bundle knows.');
    return;
  }
  checkStamps(
    anchors.filter(({ kind }) => kind === 'timestamp').map(({ file, target }) => ({ path: file ?? ANCHORS, target })),
    files,
    hash,
    list,
  );
  const others = anchors.filter(({ kind }) => kind !== 'timestamp');
  if (others.length > 0)
    list.skip(
      'anchors',
      `The bundle names ${others.length} other copies outside (${named(others.map(({ kind, target }) => `${kind} ${target}`))}). What came back from them is in it; check it with their tools.`,
    );
}

/** Of what each stamp is, and which time it states. */
function checkStamps(
  stamps: readonly { path: string; target: string }[],
  files: ReadonlyMap<string, Uint8Array>,
  hash: Sha256,
  list: CheckList,
): void {
  if (stamps.length === 0) return;
  const text = textOf(files.get(CHECKPOINT));
  if (text === null) {
    list.skip('anchors', 'There is no checkpoint that the time stamps could be of.');
    return;
  }
  const expected = hash(utf8(text));
  const breaks: BundleBreak[] = [];
  const told: string[] = [];
  for (const { path, target } of stamps) {
    const file = files.get(path);
    const statement = file === undefined ? null : readTimeStamp(file);
    if (statement === null)
      breaks.push({
        seq: null,
        path,
        code: 'malformed',
        expected: 'a time stamp as RFC 3161 has it',
        found: file ? 'another thing' : 'no file',
      });
    else if (statement.algorithm !== SHA_256 || !equalBytes(statement.imprint, expected))
      breaks.push({ seq: null, path, code: 'stamp_mismatch', expected: toHex(expected), found: toHex(statement.imprint) });
    else told.push(`${target}: ${new Date(statement.at).toISOString()}`);
  }
  if (breaks.length > 0) {
    list.fail('anchors', 'Time stamps are of something else than this checkpoint.', breaks);
    return;
  }
  list.skip('anchors', `Time stamps name this very checkpoint (${named(told)}); whether an authority signed them was not checked.`);
  list.note(
    'Who signed the time stamps: `openssl ts -verify -in anchors/….tsr -data text -CAfile authority.pem`, where text is the checkpoint up to its empty line. Anyone can write one that nobody signed.',
  );
}

/** The first of them: a list from outside is as long as somebody liked. */
function named(all: readonly string[]): string {
  const more = all.length > 8 ? `, and ${all.length - 8} more` : '';
  return all.slice(0, 8).join(', ') + more;
}

function textOf(checkpoint: Uint8Array | undefined): string | null {
  try {
    return checkpoint === undefined ? null : parseNote(checkpoint).text;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return null;
  }
}

import { readFileSync } from 'node:fs';
import { checkArchive } from '@/lib/archive/check-archive';
import { storeAt } from '@/lib/archive/open-store';
import { BundleKeys, readBundleFile } from '@/lib/chain/bundle-format';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { say } from './print';

const FAULTS_SHOWN = 20;

/**
 * Everything that an archive says, with nothing but the archive. @param place a folder, or s3://bucket/prefix; @param keysFile keys.json of an evidence bundle.
 * @returns whether all of it holds together. @throws Error where there is none, or the keys cannot be read
 */
export async function checkArchiveAlone(place: string, keysFile: string | null): Promise<boolean> {
  // The environment wants a database of every process; this one asks none.
  process.env.DATABASE_URL ??= 'postgresql://none.invalid/none';
  const store = storeAt({ kind: place.startsWith('s3://') ? 's3' : 'directory', place });
  const keys = keysFile === null ? null : readKeys(keysFile);
  let [ledgers, sound] = [0, true];
  for await (const found of checkArchive(store, keys)) {
    ledgers++;
    say('');
    say(`  ${found.folder}  ${oneLine(found.origin)}`);
    say(
      `    ${found.records.toLocaleString('en')} records in ${found.segments.toLocaleString('en')} segments, each entry against its body and its neighbours`,
    );
    if (found.destroyed > 0)
      say(
        `    ${found.destroyed.toLocaleString('en')} more segments were destroyed at the end of their life, as signed certificates beside them say`,
      );
    const { compared, apart } = found.roots;
    say(
      found.whole === 0n
        ? '    The first entries are not in the archive: no tree can be made over them, and each segment stands by its signed manifest.'
        : `    Whole from the first entry on up to ${found.whole.toLocaleString('en')}: ${compared} signed checkpoints within, ${apart} with another root`,
    );
    for (const key of found.signedBy)
      say(
        `    signed by ${oneLine(key)}${found.trusted ? '' : ' (its own word: compare it with what you have from elsewhere, or give --keys)'}`,
      );
    for (const { segment, say: what } of found.faults.slice(0, FAULTS_SHOWN))
      say(`    BROKEN  ${segment === 0n ? '' : `segment ${segment}: `}${oneLine(what)}`);
    const unshown = found.faults.length - FAULTS_SHOWN + found.more;
    if (unshown > 0) say(`      … ${unshown.toLocaleString('en')} more`);
    sound &&= found.faults.length === 0;
  }
  if (ledgers === 0) throw new Error(`there is no archive in ${place}`);
  say('');
  say(sound ? '  Sound.' : '  BROKEN: the lines above name what and where.');
  return sound;
}

function readKeys(file: string): SignerKeyDto[] {
  const read = readBundleFile(BundleKeys, readFileSync(file));
  if (read === null) throw new Error(`${file} does not hold keys as an evidence bundle has them (keys.json)`);
  return read.keys;
}

/** Columns that somebody forged can hold anything; a terminal obeys what it is sent. */
export function oneLine(text: string): string {
  const inert = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
  return inert.length <= 300 ? inert : `${inert.slice(0, 300)}…`;
}

import type { SignerKeyDto } from '@/lib/schema/proofs';
import {
  BUNDLE_FILES,
  type BundleEntry,
  BundleKeys,
  type BundleManifest,
  CHECKPOINT,
  ENTRIES,
  KEYS,
  linesOf,
  MANIFEST,
  PROOFS,
  readBundleFile,
  readEntryLine,
  readManifest as readManifestFile,
  readProofLine,
  recordPath,
} from './bundle-format';
import { type BundleBreak, type BundleCheck, type BundleVerdict, CheckList } from './bundle-verdict';
import { readWords } from './bundle-words';
import { equalBytes, toHex } from './bytes';
import { anchorFiles, checkAnchors } from './check-bundle-anchors';
import { checkScope, type Owner } from './check-bundle-scope';
import { checkSignatures } from './check-bundle-signatures';
import { checkWords } from './check-bundle-words';
import { entryHash, type Sha256, sha256 } from './entry-hash';
import { leafHash, verifyInclusion } from './merkle';

export type { BundleBreak, BundleCheck, BundleVerdict } from './bundle-verdict';

export interface BundleOptions {
  /** Verifier keys that whoever verifies has from elsewhere; without them the bundle's own are used, which shows that it agrees with itself and not whose it is: never `valid`. */
  trusted?: readonly string[];
  hash?: Sha256;
  /** Called every few hundred records, so that a page stays alive. */
  pause?: (done: number, total: number) => Promise<void>;
}

const PAUSE_EVERY = 256;

/**
 * An evidence bundle, checked with nothing but itself and the keys that one trusts. Everything in it is hostile until it is proven; nothing is thrown: what
 * is wrong is a break with its place, and what was not looked at is said.
 * @param files of the zip, by path
 */
export async function verifyBundle(files: ReadonlyMap<string, Uint8Array>, options: BundleOptions = {}): Promise<BundleVerdict> {
  const hash = options.hash ?? sha256;
  const list = new CheckList();
  const manifest = readManifest(files, list);
  if (manifest === null) return list.verdict(null, []);
  const entries = readEntries(files, manifest, list);
  const words = manifest.content ? readWords(files, manifest, entries) : null;
  checkFiles(files, manifest, entries, words?.paths ?? [], hash, list);
  const keys = readKeys(files, list);
  const signed = checkSignatures(files.get(CHECKPOINT), manifest, keys, options.trusted ?? [], list);
  const owners = await checkRecords(files, manifest, entries, signed, hash, list, options.pause);
  checkAnchors(files, hash, list);
  checkScope(manifest, entries, owners, list);
  if (words !== null) await checkWords(words, hash, list, options.pause);
  return list.verdict(manifest, entries, words);
}

function readManifest(files: ReadonlyMap<string, Uint8Array>, list: CheckList): BundleManifest | null {
  const bytes = files.get(MANIFEST);
  const manifest = bytes === undefined ? null : readManifestFile(bytes);
  if (manifest === null)
    list.fail(
      'manifest',
      bytes === undefined ? 'There is no manifest.json: this is not an evidence bundle.' : 'The manifest cannot be read.',
      [
        {
          seq: null,
          path: MANIFEST,
          code: bytes === undefined ? 'file_missing' : 'malformed',
          expected: 'a manifest of holdfast/evidence/v1',
          found: '',
        },
      ],
    );
  else list.pass('manifest', `A bundle of ${manifest.records.count} records of ${manifest.ledger.origin}.`);
  return manifest;
}

/** The manifest is nobody's signed word: it may name the files of the format and no others, or something could be smuggled in under its hashes. */
function checkFiles(
  files: ReadonlyMap<string, Uint8Array>,
  manifest: BundleManifest,
  entries: readonly BundleEntry[],
  content: readonly string[],
  hash: Sha256,
  list: CheckList,
): void {
  const breaks: BundleBreak[] = [];
  const known = new Set([...BUNDLE_FILES, ...entries.map(({ header }) => recordPath(header.seq)), ...anchorFiles(files), ...content]);
  const named = new Set([MANIFEST]);
  for (const { path, bytes, sha256: digest } of manifest.files) {
    const file = files.get(path);
    if (named.has(path)) breaks.push({ seq: null, path, code: 'malformed', expected: 'one line a file', found: 'named twice' });
    named.add(path);
    if (!known.has(path))
      breaks.push({ seq: null, path, code: 'file_extra', expected: 'a file of the format', found: 'a file of no entry' });
    if (file === undefined) breaks.push({ seq: null, path, code: 'file_missing', expected: digest, found: 'not in the archive' });
    else {
      const found = toHex(hash(file));
      if (found !== digest || file.length !== bytes) breaks.push({ seq: null, path, code: 'file_altered', expected: digest, found });
    }
  }
  for (const path of files.keys())
    if (!named.has(path))
      breaks.push({ seq: null, path, code: 'file_extra', expected: 'nothing', found: 'a file that the manifest does not name' });
  list.settle(
    'files',
    breaks,
    `${manifest.files.length} files are those that the manifest names, byte for byte.`,
    'Files are not those that the manifest names.',
  );
}

function readEntries(files: ReadonlyMap<string, Uint8Array>, manifest: BundleManifest, list: CheckList): BundleEntry[] {
  const lines = linesOf(files.get(ENTRIES) ?? new Uint8Array(1), manifest.records.count);
  const entries = lines?.map(readEntryLine) ?? [null];
  const sound = entries.filter((entry) => entry !== null);
  const broken = sound.length !== entries.length || sound.some(({ header }, i) => i > 0 && header.seq <= sound[i - 1].header.seq);
  if (broken || sound.length !== manifest.records.count)
    list.fail('entries', 'The list of entries is not what the manifest says.', [
      {
        seq: null,
        path: ENTRIES,
        code: 'malformed',
        expected: `${manifest.records.count} entries in the order of their positions`,
        found: `${sound.length}`,
      },
    ]);
  return sound;
}

function readKeys(files: ReadonlyMap<string, Uint8Array>, list: CheckList): SignerKeyDto[] {
  const bytes = files.get(KEYS);
  const keys = bytes === undefined ? null : readBundleFile(BundleKeys, bytes);
  if (keys === null) {
    list.fail('keys', 'The ledger’s keys are missing or cannot be read.', [
      { seq: null, path: KEYS, code: 'malformed', expected: 'verifier keys', found: '' },
    ]);
    return [];
  }
  return keys.keys;
}

/**
 * Each record from its bytes to the root: body, entry, link to its neighbour where that is in the bundle, and inclusion.
 * @returns of each entry, the conversation that its body names; undefined where the body is not there
 */
async function checkRecords(
  files: ReadonlyMap<string, Uint8Array>,
  manifest: BundleManifest,
  entries: readonly BundleEntry[],
  signed: { size: bigint; root: Uint8Array } | null,
  hash: Sha256,
  list: CheckList,
  pause: BundleOptions['pause'],
): Promise<Owner[]> {
  const proofs = new Map<bigint, Uint8Array[]>();
  for (const line of linesOf(files.get(PROOFS) ?? new Uint8Array(0), entries.length) ?? []) {
    const read = readProofLine(line);
    if (read !== null && !proofs.has(read.seq)) proofs.set(read.seq, read.proof);
  }
  const found = { bodies: [] as BundleBreak[], hashes: [] as BundleBreak[], links: [] as BundleBreak[], inclusion: [] as BundleBreak[] };
  const owners: Owner[] = [];
  let absent = 0;
  let neighbours = 0;
  for (const [i, entry] of entries.entries()) {
    const { seq } = entry.header;
    const path = recordPath(seq);
    const at = (code: BundleBreak['code'], expected: string, seen: string): BundleBreak => ({
      seq: String(seq),
      path,
      code,
      expected,
      found: seen,
    });
    const body = files.get(path);
    if (body === undefined) {
      absent++;
      owners.push(undefined);
    } else {
      const digest = hash(body);
      if (!equalBytes(digest, entry.header.bodyHash)) found.bodies.push(at('body_altered', toHex(entry.header.bodyHash), toHex(digest)));
      const said = namesOf(body);
      owners.push(said?.conversation ?? null);
      if (said === null) found.bodies.push(at('malformed', 'a record', 'something else'));
      // The line's id is in no hash; the body's is.
      else if (said.id !== entry.id) found.bodies.push(at('id_mismatch', String(said.id), entry.id));
    }
    const integrity = entryHash(entry.header, hash);
    if (!equalBytes(integrity, entry.integrityHash)) found.hashes.push(at('hash_mismatch', toHex(integrity), toHex(entry.integrityHash)));
    const before = entries[i - 1];
    if (before !== undefined && before.header.seq === seq - 1n) {
      neighbours++;
      if (!equalBytes(before.integrityHash, entry.header.previousHash))
        found.links.push(at('link_broken', toHex(before.integrityHash), toHex(entry.header.previousHash)));
      if (before.header.receivedAtUs > entry.header.receivedAtUs)
        found.links.push(at('time_reversed', `at or after ${before.header.receivedAtUs} µs`, `${entry.header.receivedAtUs} µs`));
    }
    if (signed !== null) {
      const proof = proofs.get(seq);
      const leaf = leafHash(entry.integrityHash, hash);
      if (proof === undefined) found.inclusion.push(at('proof_invalid', 'a proof of inclusion', 'none'));
      else if (!verifyInclusion({ index: seq, size: signed.size, leafHash: leaf, proof, root: signed.root }, hash))
        found.inclusion.push(at('proof_invalid', `a path to ${toHex(signed.root)}`, 'another root'));
    }
    if (i % PAUSE_EVERY === PAUSE_EVERY - 1) await pause?.(i + 1, entries.length);
  }
  const n = entries.length;
  if (n - absent !== manifest.records.bodies)
    found.bodies.push({
      seq: null,
      path: MANIFEST,
      code: 'file_missing',
      expected: `${manifest.records.bodies} records with their words`,
      found: `${n - absent}`,
    });
  list.settle('bodies', found.bodies, `${n - absent} records match the digests in their entries.`, 'Records were changed or are missing.');
  if (absent > 0)
    list.note(
      `${absent} of ${n} records are not in the bundle: archived, destroyed, or taken out. Their entries are proven, their words are not known.`,
    );
  list.settle('hashes', found.hashes, `${n} entries have the hash of their own header.`, 'Entries were changed.');
  list.settle('links', found.links, `${neighbours} pairs of neighbours are linked.`, 'Neighbours are not linked.');
  if (signed === null) list.skip('inclusion', 'There is no checkpoint to lead to.');
  else
    list.settle(
      'inclusion',
      found.inclusion,
      `${n} entries lead to the root of the checkpoint, ${toHex(signed.root)}.`,
      'Entries do not lead to the root of the checkpoint.',
    );
  return owners;
}

/** Whose record it is, by its body: which is proven, and canonical where the ledger is sound. @returns null for what is no record */
function namesOf(body: Uint8Array): { id: unknown; conversation: string | null } | null {
  try {
    const record: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (record === null || typeof record !== 'object' || Array.isArray(record)) return null;
    const { id, conversation_id: conversation } = record as Record<string, unknown>;
    return { id, conversation: typeof conversation === 'string' ? conversation : null };
  } catch {
    return null;
  }
}

export type { BundleCheck as Check };

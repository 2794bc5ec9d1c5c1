import { MANIFEST } from '@/lib/chain/bundle-format';
import { toHex } from '@/lib/chain/bytes';
import { parseCheckpoint } from '@/lib/chain/checkpoint';
import { type Sha256, sha256 } from '@/lib/chain/entry-hash';
import { halfSigned } from '@/lib/chain/half-signed';
import { leafHash, verifyInclusion } from '@/lib/chain/merkle';
import { readZip, ZIP_LIMITS, ZipError } from '@/lib/chain/read-zip';
import { NoteError, parseNote } from '@/lib/chain/signed-note';
import { parseTlogProof } from '@/lib/chain/tlog-proof';
import { parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { type BundleOptions, type BundleVerdict, verifyBundle } from '@/lib/chain/verify-bundle';
import { verifySignature } from '@/lib/chain/verify-note';
import type { FileVerdict } from './file-verdict';
import { readSignedCertificate, verifyCertificate } from './verify-certificate';

export interface FileOptions extends BundleOptions {
  /** For a receipt: the 32 bytes of its record's integrity_hash. */
  integrityHash?: Uint8Array;
}

export interface VerifiedFile {
  verdict: FileVerdict;
  /** Of a bundle, its manifest, entries and words, and its files, to show them. */
  bundle: BundleVerdict | null;
  files: Map<string, Uint8Array> | null;
}

const MOST_BYTES = 1024 * 1024 * 1024;

/** A file of any kind that this product gives out, told by its first bytes. Hostile: nothing is thrown for what is in it. */
export async function verifyFile(bytes: Uint8Array, options: FileOptions = {}): Promise<VerifiedFile> {
  if (bytes.length > MOST_BYTES)
    return { verdict: unreadable('The file is larger than a gigabyte, which is not read.'), bundle: null, files: null };
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    try {
      return await verifyArchive(readZip(bytes), options, null);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      if (error.code !== 'zip_damaged') return { verdict: unreadable(error.message), bundle: null, files: null };
      return verifyArchive(readZip(bytes, ZIP_LIMITS, false), options, error.message);
    }
  }
  const certificate = readSignedCertificate(bytes);
  if (certificate !== null) {
    const { trusted = [], hash } = options;
    return { verdict: verifyCertificate(certificate, { trusted, ...(hash && { hash }) }), bundle: null, files: null };
  }
  return { verdict: verifyText(bytes, options), bundle: null, files: null };
}

/** @param damage what the archive's own checksums say: whatever else holds, this file is not what was written. */
async function verifyArchive(files: Map<string, Uint8Array>, options: FileOptions, damage: string | null): Promise<VerifiedFile> {
  const bundle = await verifyBundle(files, options);
  if (damage !== null) {
    bundle.checks.unshift({ name: 'archive', outcome: 'failed', say: damage });
    if (bundle.manifest !== null) bundle.verdict = 'tampered';
  }
  const { manifest, entries: _entries, words: _words, ...rest } = bundle;
  return { verdict: { ...rest, kind: manifest === null && !files.has(MANIFEST) ? 'unknown' : 'bundle' }, bundle, files };
}

function unreadable(say: string): FileVerdict {
  return {
    kind: 'unknown',
    verdict: 'cannot_verify',
    checks: [{ name: 'file', outcome: 'failed', say }],
    breaks: [],
    breaks_total: 0,
    not_checked: ['Anything: the file could not be read.'],
  };
}

function verifyText(bytes: Uint8Array, options: FileOptions): FileVerdict {
  const hash = options.hash ?? sha256;
  let receipt: ReturnType<typeof parseTlogProof> | null = null;
  try {
    receipt = parseTlogProof(bytes);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
  }
  try {
    const note = parseNote(receipt?.note ?? bytes);
    const checkpoint = parseCheckpoint(note.text);
    const keys = (options.trusted ?? []).map(parseVerifierKey);
    const checks: FileVerdict['checks'] = [];
    const not: string[] = [];
    const signed = checkKeys(note, keys, checkpoint.origin, checks);
    checks.unshift({
      name: 'checkpoint',
      outcome: 'passed',
      say: `${checkpoint.origin}, ${checkpoint.size} entries, root ${toHex(checkpoint.root)}.`,
    });
    if (keys.length === 0) not.push('Who signed it: give the ledger’s verifier keys with --key.');
    if (receipt !== null) checkInclusion(receipt, checkpoint, options.integrityHash, hash, checks, not);
    not.push('Whether the ledger still holds this history: compare it with the ledger’s checkpoint of today.');
    const failed = checks.some(({ outcome }) => outcome === 'failed');
    const complete = signed && (receipt === null || options.integrityHash !== undefined);
    return {
      kind: receipt === null ? 'checkpoint' : 'receipt',
      verdict: failed ? 'tampered' : complete ? 'valid' : 'cannot_verify',
      checks,
      breaks: [],
      breaks_total: 0,
      not_checked: not,
    };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return unreadable(`This is neither an evidence bundle nor a receipt nor a checkpoint. ${error.message}`);
  }
}

function checkKeys(
  note: ReturnType<typeof parseNote>,
  keys: readonly VerifierKey[],
  origin: string,
  checks: FileVerdict['checks'],
): boolean {
  const signed: VerifierKey[] = [];
  for (const key of keys) {
    const result = verifySignature(note, key);
    if (result.ok) {
      if (key.name === origin) signed.push(key);
      checks.push({ name: 'signature', outcome: 'passed', say: `Signed by ${key.name}.` });
    } else
      checks.push({
        name: 'signature',
        outcome: result.why === 'absent' ? 'not_checked' : 'failed',
        say: result.why === 'absent' ? `${key.name} has not signed it.` : `The signature of ${key.name} does not verify.`,
      });
  }
  const missing = halfSigned(origin, keys, signed);
  if (signed.length > 0 && missing !== null)
    checks.push({
      name: 'signature',
      outcome: 'not_checked',
      say: `A key of ${missing} is known for it too, and no signature of that kind is there: one half of what the ledger signs.`,
    });
  return signed.length > 0 && missing === null;
}

function checkInclusion(
  receipt: ReturnType<typeof parseTlogProof>,
  checkpoint: ReturnType<typeof parseCheckpoint>,
  integrityHash: Uint8Array | undefined,
  hash: Sha256,
  checks: FileVerdict['checks'],
  not: string[],
): void {
  if (integrityHash === undefined) {
    not.push('Which record it is of: give the record’s integrity_hash with --hash, and the path is checked.');
    checks.push({
      name: 'inclusion',
      outcome: 'not_checked',
      say: `A path for position ${receipt.index}; the record’s hash was not given.`,
    });
    return;
  }
  const claim = {
    index: receipt.index,
    size: checkpoint.size,
    leafHash: leafHash(integrityHash, hash),
    proof: receipt.proof,
    root: checkpoint.root,
  };
  const holds = verifyInclusion(claim, hash);
  checks.push({
    name: 'inclusion',
    outcome: holds ? 'passed' : 'failed',
    say: holds ? `The record is entry ${receipt.index} of that tree.` : `The record is not entry ${receipt.index} of that tree.`,
  });
}

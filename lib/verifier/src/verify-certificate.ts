import { toHex, utf8 } from '@/lib/chain/bytes';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { CERTIFICATE_FORMAT, type DestructionCertificate, readCertificate } from '@/lib/chain/destruction-certificate';
import { type Sha256, sha256 } from '@/lib/chain/entry-hash';
import { keysInForce } from '@/lib/chain/keys-in-force';
import { NoteError, parseNote } from '@/lib/chain/signed-note';
import { parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { verifySignature } from '@/lib/chain/verify-note';
import type { FileVerdict } from './file-verdict';

/** The signed note of a certificate of destruction, or the JSON file that has it. @returns null for a file of another kind */
export function readSignedCertificate(
  bytes: Uint8Array,
): { note: Uint8Array; beside: { sha256: unknown; certificate: unknown } | null } | null {
  const begins = new TextDecoder().decode(bytes.subarray(0, 64));
  if (begins.startsWith(`${CERTIFICATE_FORMAT}\n`)) return { note: bytes, beside: null };
  if (!/^\s*\{/.test(begins)) return null;
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>;
    if (value.format !== 'holdfast/signed-certificate/v1' || typeof value.note !== 'string') return null;
    return { note: utf8(value.note), beside: { sha256: value.sha256, certificate: value.certificate } };
  } catch {
    return null;
  }
}

/**
 * Whose it is, and whether what stands beside the note is what the note says. What was destroyed is not here any more: that it was is the ledger's word.
 * @param trusted verifier keys that the one who checks has from elsewhere; without any the certificate's own, which shows that it agrees with itself
 */
export function verifyCertificate(
  { note, beside }: NonNullable<ReturnType<typeof readSignedCertificate>>,
  { trusted, hash = sha256 }: { trusted: readonly string[]; hash?: Sha256 },
): FileVerdict {
  const checks: FileVerdict['checks'] = [];
  const breaks: FileVerdict['breaks'] = [];
  let certificate: DestructionCertificate;
  try {
    certificate = readCertificate(note);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    checks.push({ name: 'certificate', outcome: 'failed', say: error.message });
    return verdictOf(checks, breaks, 'cannot_verify', ['Anything: it is no certificate of destruction as the format has it.']);
  }
  const { records, objects, words, requested, approved } = certificate;
  checks.push({
    name: 'certificate',
    outcome: 'passed',
    say: `Certificate of destruction #${certificate.number} of ${certificate.ledger}, version ${certificate.version}: ${records.destroyed} records, ${words.keys} data keys, ${objects.pending} of ${objects.count} archive objects still there; asked for by ${requested.by}, approved by ${approved.by}, on the authority of ${certificate.authority}.`,
  });
  if (beside !== null) {
    const same =
      beside.sha256 === toHex(hash(note)) &&
      isJson(beside.certificate) &&
      canonicalize(beside.certificate) === canonicalize(certificate as unknown as JsonValue);
    checks.push({
      name: 'beside',
      outcome: same ? 'passed' : 'failed',
      say: same ? 'What stands beside the note is what the note says.' : 'What stands beside the note is not what the note says.',
    });
  }
  const given = trusted.map(parseVerifierKey);
  const keys = given.length > 0 ? given : keysInForce(certificate.keys, BigInt(certificate.checkpoint.size));
  const signed = checkSignatures(note, keys, certificate.ledger, checks);
  const not = [
    ...(given.length === 0 ? ['Who signed it: give the ledger’s verifier keys with --key.'] : []),
    'Whether the ledger has this certificate as its newest, and its entry in the access ledger: a verification of the ledger tells that.',
    'That nothing is left anywhere: what a certificate says of disks and of backups is the word of whoever runs them.',
  ];
  if (checks.some(({ outcome }) => outcome === 'failed')) return verdictOf(checks, breaks, 'tampered', not);
  return verdictOf(checks, breaks, !signed ? 'cannot_verify' : given.length > 0 ? 'valid' : 'consistent', not);
}

function checkSignatures(note: Uint8Array, keys: readonly VerifierKey[], ledger: string, checks: FileVerdict['checks']): boolean {
  const parsed = parseNote(note);
  let signed = false;
  for (const key of keys) {
    if (key.name !== ledger && !key.name.startsWith(`${ledger}/incarnations/`)) continue;
    const result = verifySignature(parsed, key);
    if (result.ok) {
      signed = true;
      checks.push({ name: 'signature', outcome: 'passed', say: `Signed by ${key.name}.` });
    } else if (result.why !== 'absent' && result.why !== 'not_a_checkpoint')
      checks.push({ name: 'signature', outcome: 'failed', say: `The signature of ${key.name} does not verify.` });
  }
  if (!signed && !checks.some(({ name }) => name === 'signature'))
    checks.push({ name: 'signature', outcome: 'not_checked', say: 'None of these keys has signed it.' });
  return signed;
}

function isJson(value: unknown): value is JsonValue {
  return typeof value === 'object' && value !== null;
}

function verdictOf(
  checks: FileVerdict['checks'],
  breaks: FileVerdict['breaks'],
  verdict: FileVerdict['verdict'],
  not: string[],
): FileVerdict {
  return { kind: 'certificate', verdict, checks, breaks, breaks_total: breaks.length, not_checked: not };
}

import * as z from 'zod/mini';
import { canonicalize, type JsonValue } from './canonical-json';
import { count, decimal, hex32, instant, signerKey } from './json-members';
import { readJsonNote } from './json-note';
import { NoteError } from './note-error';
import { parseNote } from './signed-note';
import type { VerifierKey } from './verifier-key';
import { openNote } from './verify-note';

/** What the keys of a ledger say of a destruction (docs/destruction.md): the text of a signed note, after NIST SP 800-88 Rev. 1, 4.8 and appendix G. */

export const CERTIFICATE_FORMAT = 'holdfast/destruction-certificate/v1';
/** As many as a note has room for; beyond them their digests stand alone. */
export const CERTIFICATE_LIMITS = { ranges: 2_000, objects: 500, keyIds: 1_000 } as const;

const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));
const text = z.string().check(z.maxLength(2_000));
const who = z.strictObject({ at: instant, by: text });

export const DestructionCertificate = z.strictObject({
  /** The checkpoint under which it was signed: its keys are those of this size. */
  checkpoint: z.strictObject({ number: decimal, root: hex32, size: decimal }),
  approved: who,
  authority: text,
  finished_at: instant,
  /** Asked once more for each transaction, under the lock that holds are placed under. */
  hold_check: z.strictObject({ holds: z.array(count).check(z.maxLength(1_000)), say: text }),
  id: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  issued_at: instant,
  keys: z.array(signerKey),
  ledger: text,
  left: z.strictObject({ held: count, not_due: count, unsound: count }),
  method: text,
  number: count,
  objects: z.strictObject({
    count,
    /** The first, in the order of their numbers. */
    list: z
      .array(
        z.strictObject({
          object: text,
          place: text,
          records: count,
          removed_at: z.nullable(instant),
          segment: decimal,
          state: z.enum(['shared', 'locked', 'held', 'unreachable', 'removed']),
          store: z.enum(['s3', 'directory']),
          until: z.nullable(instant),
          version_id: z.nullable(text),
        }),
      )
      .check(z.maxLength(CERTIFICATE_LIMITS.objects)),
    /** Those that bodies stay in for now. */
    pending: count,
  }),
  policies_version: count,
  /** SHA-256 of the signed note of the version before; null for the first. */
  previous: z.nullable(hex32),
  reason: text,
  records: z.strictObject({
    destroyed: count,
    /** SHA-256 over the integrity hashes of the destroyed entries, 32 bytes each, in their order. */
    entries_sha256: hex32,
    first: z.nullable(decimal),
    last: z.nullable(decimal),
    /** SHA-256 of all positions as `{[0,100),[105,301)}`. */
    positions_sha256: hex32,
    /** All of them where they are no more than 2,000 ranges; else null. */
    ranges: z.nullable(z.array(z.tuple([decimal, decimal])).check(z.maxLength(CERTIFICATE_LIMITS.ranges))),
    requested: count,
    requested_positions_sha256: hex32,
  }),
  requested: who,
  scope: z.strictObject({
    from: z.nullable(decimal),
    kind: z.enum(['conversation', 'subject', 'policy', 'range']),
    to: z.nullable(decimal),
    until: z.nullable(day),
    value: text,
  }),
  stays: text,
  version: z.int().check(z.gte(1)),
  words: z.strictObject({
    /** Until then a backup may still hold wrapped keys. */
    backups_until: instant,
    key_ids: z.array(z.string().check(z.regex(/^[0-9a-f-]{36}$/))).check(z.maxLength(CERTIFICATE_LIMITS.keyIds)),
    /** Data keys that were destroyed; each sealed these words alone. */
    keys: count,
    /** SHA-256 of all key ids in ascending order, a newline after each. */
    keys_sha256: hex32,
    parts: count,
  }),
});
export type DestructionCertificate = z.infer<typeof DestructionCertificate>;

const malformed = (what: string) => new NoteError('note_malformed', `The certificate ${what}.`);

/** Two lines: the format's name, and canonical JSON. @throws NoteError for what no certificate can have */
export function formatCertificate(certificate: DestructionCertificate): string {
  const written = `${CERTIFICATE_FORMAT}\n${canonicalize(certificate as unknown as JsonValue)}\n`;
  parseCertificate(written);
  return written;
}

/** Without its signatures: it is not verified by being read. @throws NoteError */
export function parseCertificate(source: string): DestructionCertificate {
  const certificate = readJsonNote(source, CERTIFICATE_FORMAT, DestructionCertificate, malformed);
  if (certificate.approved.by === certificate.requested.by) throw malformed('was approved by whoever asked for it');
  if ((certificate.version === 1) !== (certificate.previous === null)) throw malformed('does not follow another');
  return certificate;
}

/**
 * The certificate that a key of the ledger signed.
 * @param keys of the ledger, in force for the size of its checkpoint (lib/chain/keys-in-force.ts)
 * @throws NoteError as `openNote` and {@link parseCertificate}; origin_mismatch where it is of another ledger
 */
export function openCertificate(note: Uint8Array | string, keys: readonly VerifierKey[], ledger: string): DestructionCertificate {
  const certificate = parseCertificate(openNote(note, keys).note.text);
  if (certificate.ledger !== ledger)
    throw new NoteError('origin_mismatch', `The certificate is of ${certificate.ledger}, and not of ${ledger}.`);
  return certificate;
}

/** Without asking who signed it, to find out which keys to ask for. @throws NoteError */
export function readCertificate(note: Uint8Array | string): DestructionCertificate {
  return parseCertificate(parseNote(note).text);
}

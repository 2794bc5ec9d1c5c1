/** Verdicts and breaks: what a verification says. Never a bare boolean. */

export const VERDICTS = ['valid', 'tampered', 'incomplete', 'empty', 'cannot_verify'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const BREAK_CODES = [
  /** The stored body does not hash to the entry's body_hash. */
  'body_altered',
  /** The entry has no record, and none was archived. */
  'body_missing',
  /** A column, or the summary of a conversation, says something else than the body that it is derived from. */
  'projection_altered',
  /** previous_hash is not the integrity_hash of the entry before. */
  'link_broken',
  /** integrity_hash is not the hash of the header that it stands in. */
  'hash_mismatch',
  /** Entries are missing between two others, or before the head. */
  'sequence_gap',
  'sequence_duplicate',
  /** Within a conversation a number is missing, comes twice or stands in the wrong order. */
  'conversation_gap',
  'time_reversed',
  /** A record stands in the store without an entry of the chain. */
  'entry_missing',
  /** An earlier verification found another integrity_hash at this place: the chain was made anew from here or before. */
  'head_changed',
  /** An earlier verification, a checkpoint or the signer's memory reaches further than the ledger does now: entries were cut off its end. */
  'tail_truncated',
  /** The tree over the entries has another root than a checkpoint signed, or a stored tile holds another hash than the entries give. */
  'root_mismatch',
  /** A checkpoint is no note that this ledger's keys signed, or is not what its row says. */
  'checkpoint_signature_invalid',
  /** Checkpoints contradict each other: a number is missing, a size shrinks, a time runs back, one size has two roots. */
  'checkpoint_inconsistent',
  /** Sealed words that a record commits to, or the key that they are sealed with, are not there, and no shredding says why. */
  'content_missing',
  /** Sealed words, or their key, are not what the record commits to. */
  'content_mismatch',
  /** An archive segment, or what says where it lies, is not there. */
  'archive_missing',
  /** An archive segment is not what was archived: its manifest is not signed by the ledger's keys, or its bytes are others. Or what is counted of all of them does not agree. */
  'archive_altered',
  /** A destruction that its certificate, or the access ledger, does not bear out: it excuses no missing body. */
  'destruction_unproven',
  /** A legal hold that the access ledger tells of, or that its number tells of, is not there. */
  'hold_missing',
  /** A legal hold is not what the entries of the access ledger say, was released without two people, or does not keep what it is on. */
  'hold_altered',
] as const;
export type BreakCode = (typeof BREAK_CODES)[number];

/** One place where the history does not agree with itself. `seq` is decimal: sequence numbers pass JSON as strings. */
export interface Break {
  seq: string;
  record_id: string | null;
  code: BreakCode;
  /** What the rest of the chain says it should be, as shown to a reader (hex digests, decimal numbers, field: value). */
  expected: string;
  found: string;
}

export type VerificationScope =
  | { kind: 'ledger' }
  | { kind: 'range'; from: string; to: string }
  | { kind: 'conversation'; conversation_id: string };

/** What a run looked at, in order: what held, what did not, and what it did not look at and why. */
export const CHECK_NAMES = [
  'entries',
  'columns',
  'conversations',
  'content',
  /** Legal holds against the entries of the access ledger. */
  'holds',
  /** What has left the database: signed manifests, and the objects themselves where they were asked for. */
  'archive',
  'archive_objects',
  /** What was destroyed at the end of its life: certificates, signed, against the access ledger. */
  'destructions',
  'earlier_runs',
  'tiles',
  'checkpoints',
  'ml_dsa',
  'roots',
  'keys',
  'signer_memory',
  'incarnations',
  'inclusion',
  'anchors',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];
export interface Check {
  name: CheckName;
  outcome: 'passed' | 'failed' | 'not_checked';
  /** One sentence of plain text, with counts. */
  say: string;
}

export type VerificationTrigger = 'person' | 'schedule' | 'start';

export type VerificationState = 'queued' | 'running' | 'done' | 'cancelled' | 'failed';

/** A run as the API and the integrity screen show it. Counts are records; rates records a second; times RFC 3339. */
export interface VerificationDto {
  id: string;
  ledger: string;
  scope: VerificationScope;
  state: VerificationState;
  /** null until the run is done. */
  verdict: Verdict | null;
  records_checked: number;
  records_total: number | null;
  rate: number | null;
  /** Position and hash up to which the run speaks; null for an empty ledger. */
  head: { seq: string; integrity_hash: string } | null;
  broken_at_record: string | null;
  breaks_total: number;
  /** The first breaks in sequence order, at most 1,000; breaks_total is the honest count. */
  breaks: Break[];
  /** The newest checkpoint that was checked with the entries; null where there was none. */
  checkpoint_number: string | null;
  checkpoints_checked: number | null;
  /** Empty until the run is done. */
  checks: Check[];
  triggered_by: VerificationTrigger;
  requested_by: string;
  requested_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: string | null;
}

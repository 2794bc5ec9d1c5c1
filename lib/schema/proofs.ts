import type { BreakGlassReason } from './words';

/**
 * Checkpoints, anchors, alarms and exports as screens and the API show them. Sizes, positions and numbers that may pass 2^53 are decimal strings;
 * times RFC 3339 UTC; hashes lower-case hex.
 */

export const ANCHOR_KINDS = ['witness', 'timestamp', 'webhook', 'object_lock', 'email'] as const;
export type AnchorKind = (typeof ANCHOR_KINDS)[number];

export const ALARM_KINDS = [
  'verification_failed',
  'verification_overdue',
  'anchor_old',
  'signer_refused',
  'new_incarnation',
  'break_glass',
  'archive_hold',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** What came back from outside for one checkpoint. */
export interface AnchorDto {
  kind: AnchorKind;
  target: string;
  anchored_at: string;
}

export interface CheckpointDto {
  /** Counts a ledger's checkpoints from 1, heartbeats included. */
  number: string;
  incarnation: number;
  origin: string;
  /** Entries that it covers: positions 0 … size − 1. */
  size: string;
  root: string;
  signed_at: string;
  /** The signed note, verbatim. */
  note: string;
  anchors: AnchorDto[];
  /** Whether as many witnesses as the policy asks for have cosigned it. */
  witnessed: boolean;
}

/** A configured place outside to which checkpoints go, and how that goes. */
export interface AnchorTargetDto {
  id: string;
  kind: AnchorKind;
  name: string;
  /** Address, bucket or recipients, without secrets. */
  where: string;
  every_seconds: number;
  enabled: boolean;
  failures: number;
  last_error: string | null;
  last_attempt_at: string | null;
  last_success_at: string | null;
  created_at: string;
  created_by: string;
}

export interface AlarmDto {
  id: string;
  kind: AlarmKind;
  /** What happened, in a sentence of plain text. */
  say: string;
  raised_at: string;
  last_seen_at: string;
  ended_at: string | null;
  ended_by: string | null;
  reason: string | null;
  told_at: string | null;
  last_error: string | null;
  /** The use of break-glass whose review ends it, with who opened what for; null for every other kind. */
  break_glass: { id: string; by: string; reason: BreakGlassReason } | null;
}

/** Under what name a ledger's tree was signed, and since when. */
export interface IncarnationDto {
  number: number;
  origin: string;
  began_at: string;
  size: string;
  /** The last size that was signed under the number before; null for number 1. */
  previous_size: string | null;
}

/** A verifier key (C2SP vkey) with the sizes for which it is valid. */
export interface SignerKeyDto {
  vkey: string;
  kind: 'ed25519' | 'ml-dsa-44';
  incarnation: number;
  from_size: string;
  /** null while it is in use. */
  to_size: string | null;
  introduced_at: string;
}

/** In every frame: how far the ledger is signed and anchored, and what is wrong with that. */
export interface ProofLine {
  /** null before the first checkpoint. */
  checkpoint: { number: string; size: string; signed_at: string } | null;
  /** The newest anchor outside; null where there is none, and `configured` says whether one is expected. */
  anchor: { kind: AnchorKind; target: string; anchored_at: string; size: string } | null;
  configured: boolean;
  /** Open alarms, gravest first. */
  alarms: AlarmDto[];
  /** Above 1: this ledger was restored from a backup behind what had been signed. */
  incarnation: number;
}

/** The part of the integrity page that is about proofs. */
export interface ProofsDto {
  checkpoints: CheckpointDto[];
  /** Asks for checkpoints below this number; null on the last page. */
  next_before: string | null;
  targets: AnchorTargetDto[];
  incarnations: IncarnationDto[];
  keys: SignerKeyDto[];
  alarms: AlarmDto[];
  settings: ProofSettingsDto;
  /** Where others' tools find checkpoint and tiles. */
  tlog_url: string;
}

export interface ProofSettingsDto {
  tlog_public: boolean;
  witness_quorum: number;
  verify_every_minutes: number;
  /** HH:MM, UTC. */
  verify_whole_at: string;
  anchor_alarm_minutes: number;
  alarm_webhook: string | null;
  alarm_emails: string[];
}

/** Everything that a browser needs to verify one record by itself. */
export interface RecordProofDto {
  seq: string;
  id: string;
  /** Microseconds since 1970, as hashed. */
  received_at_us: string;
  conversation_seq: string;
  previous_hash: string;
  body_hash: string;
  integrity_hash: string;
  /** Canonical body, base64; null where it is archived. */
  body: string | null;
  /** C2SP tlog-proof with the newest checkpoint; null until one covers the record. */
  tlog_proof: string | null;
  keys: SignerKeyDto[];
  checkpoint: Pick<CheckpointDto, 'number' | 'size' | 'root' | 'signed_at' | 'anchors' | 'witnessed'> | null;
}

/** Everything that a browser needs to verify a conversation by itself: what is the same for all its records stands once. */
export interface ConversationProofDto {
  conversation_id: string;
  /** In order of conversation_seq, at most 500 a page. `path` (base64, from the leaf's sibling up): null until a checkpoint covers the record. */
  records: (Omit<RecordProofDto, 'tlog_proof' | 'keys' | 'checkpoint'> & { path: string[] | null })[];
  /** The conversation_seq to ask from for the next page (`?after=`), null on the last. */
  next_after: string | null;
  /** Records that the ledger counts in the conversation. */
  total: number;
  /** The signed note of the checkpoint with the cosignatures that have come, verbatim. */
  note: string | null;
  keys: SignerKeyDto[];
  checkpoint: RecordProofDto['checkpoint'];
}

/** Answer to "bring your own": an older checkpoint, receipt or bundle held against the ledger of today. */
export interface ComparisonDto {
  verdict: 'grew_only' | 'contradicted' | 'cannot_verify';
  /** What was dropped in. */
  what: 'checkpoint' | 'receipt' | 'bundle';
  /** Of the file. */
  origin: string | null;
  size: string | null;
  root: string | null;
  signed_at: string | null;
  /** Today's. */
  now: { number: string; size: string; root: string } | null;
  /** Each check, in order, with what it found. */
  checks: { name: string; outcome: 'passed' | 'failed' | 'not_checked'; say: string }[];
}

export type EvidenceScope =
  | { kind: 'conversation'; conversation_id: string }
  | { kind: 'range'; from: string; to: string }
  /** The query of the records list, without `?`. */
  | { kind: 'filter'; query: string };

/** Words that are in a bundle: what for, and how many parts; null where it is not made yet. */
export interface ExportContentDto {
  purpose: string;
  note: string | null;
  parts: number | null;
  left_out: number | null;
  shredded: number | null;
  unreadable: number | null;
}

export interface ExportDto {
  id: string;
  ledger: string;
  kind: 'evidence';
  scope: EvidenceScope;
  state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed' | 'expired' | 'shredded';
  /** Words in it; null where it has none. */
  content: ExportContentDto | null;
  progress_done: number;
  progress_total: number | null;
  records: number | null;
  bytes: number | null;
  sha256: string | null;
  file_name: string | null;
  requested_by: string;
  requested_at: string;
  finished_at: string | null;
  expires_at: string | null;
  error: string | null;
}

/**
 * What the screens and the read API receive. Sequence numbers and counts that may pass 2^53 are decimal strings; times are
 * RFC 3339 UTC; hashes lower-case hex. Everything about a record is decoded from its body, never from a column.
 */

import type { VerificationDto } from './verification';
import type { Classification, LedgerKind, Role } from './vocabulary';

/** The canonical body, decoded (format, section 2). */
export interface RecordBody {
  v: 1;
  id: string;
  timestamp: string;
  action: string;
  actor_id: string;
  actor_type: string;
  conversation_id?: string;
  agent_name?: string;
  resource_type?: string;
  resource_id?: string;
  subject_id?: string;
  on_behalf_of?: string;
  purpose?: string;
  outcome?: string;
  details?: Record<string, unknown>;
  domains?: string[];
  data_classification?: string;
  agent_seq?: number;
  source: { key_id?: string; session_id?: string; channel: string };
  submitted: string;
}

/** An entry's header with its record. `body` is null where the words have left hot storage or were never readable. */
export interface EntryDto {
  seq: string;
  id: string;
  received_at: string;
  conversation_seq: string;
  previous_hash: string;
  integrity_hash: string;
  body_hash: string;
  body: RecordBody | null;
}

export interface LedgerRef {
  id: string;
  name: string;
  kind: LedgerKind;
  demo: boolean;
  role: Role | null;
}

/** The integrity line, always in sight. `broken_at` is a sequence number of the newest finished whole-ledger run that found a break. */
export interface IntegrityLine {
  state: 'never_verified' | 'verified' | 'broken' | 'empty';
  verified_to: string | null;
  broken_at: string | null;
  checked_at: string | null;
  head: string | null;
  verification_id: string | null;
}

/** What the frame around every screen needs. */
export interface FrameDto {
  person: { id: string; name: string; email: string; zone: string };
  ledger: LedgerRef;
  ledgers: LedgerRef[];
  integrity: IntegrityLine;
  /** Server time at which the screen was made. */
  now: string;
}

export interface Page<T> {
  rows: T[];
  /** Cursors for the neighbouring pages, null at the ends. */
  older: string | null;
  newer: string | null;
  /** Exact when `exact`, else "at least". */
  total: { count: number; exact: boolean };
}

export interface ConversationRow {
  conversation_id: string;
  agent_name: string | null;
  user_id: string | null;
  subject_id: string | null;
  record_count: number;
  first_seq: string;
  last_seq: string;
  first_at: string;
  last_at: string;
  classification: Classification | null;
  ended: boolean;
  /** How many of the sender's numbers never arrived. */
  missing: number;
}

/** A ruled line across the replay: what was in force from here on. */
export interface InForce {
  prompt: { version: string; since: string; seq: string } | null;
  model: { name: string; since: string; seq: string } | null;
}

export interface ConversationDto {
  summary: ConversationRow;
  /** In order of conversation_seq; at most 500 a page. */
  entries: EntryDto[];
  next_after: string | null;
  /** Numbers of the sender that never arrived, in order, first 100. */
  missing_agent_seqs: number[];
  /** Prompt and model in force at the start, from records before this conversation. */
  in_force_at_start: InForce;
  grants: {
    seq: string;
    conversation_id: string | null;
    granted_at: string;
    approver: string | null;
    scope: string | null;
    resource_type: string | null;
    revoked_at: string | null;
  }[];
  /** Newest finished verification of this conversation, if any. */
  verification: VerificationDto | null;
  /** Who else opened this conversation, newest first, at most 20. */
  viewed_by: { person: string; at: string; seq: string }[];
}

export interface OverviewDto {
  head: { seq: string; received_at: string; integrity_hash: string } | null;
  integrity: IntegrityLine;
  /** Records by UTC day of the sender's timestamp and action, oldest first; `as_of` is the entry up to which it is counted. */
  volume: { day: string; action: string; count: number }[];
  volume_as_of: string | null;
  conversations: { total: number; open: number; with_gaps: number };
  agents: { agent_name: string; conversations: number }[];
  denied: { count: number; exact: boolean };
  failed_sign_ins: { count: number; exact: boolean; since: string };
  keys: { active: number; expiring: number; unused: number };
  recent: EntryDto[];
  /** Shown instead of figures while the ledger is empty. */
  empty: boolean;
}

export interface KeyRow {
  id: string;
  name: string;
  kind: 'ingest' | 'read';
  hint: string;
  agent_names: string[];
  may_write_user: boolean;
  created_at: string;
  created_by: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

export interface UserRow {
  id: string;
  email: string;
  name: string;
  roles: { ledger: string; role: Role }[];
  disabled_at: string | null;
  created_at: string;
  last_seen_at: string | null;
  sign_in: 'password' | 'oidc' | 'invited';
}

export interface SessionRow {
  id: string;
  created_at: string;
  last_seen_at: string;
  address: string | null;
  browser: string | null;
  current: boolean;
}

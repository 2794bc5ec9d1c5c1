/**
 * What the screens and the read API receive. Sequence numbers and counts that may pass 2^53 are decimal strings; times are
 * RFC 3339 UTC; hashes lower-case hex. Everything about a record is decoded from its body, never from a column.
 */

import type * as z from 'zod/mini';
import type * as answers from './answers';
import type { CheckpointDto, ProofLine, ProofsDto } from './proofs';
import type { VerificationDto } from './verification';
import type { LedgerKind, Role } from './vocabulary';

export type RecordBody = z.infer<typeof answers.RecordBody>;
export type EntryDto = z.infer<typeof answers.EntryAnswer>;
export type RecordDto = z.infer<typeof answers.RecordAnswer>;
export type ConversationRow = z.infer<typeof answers.ConversationRow>;
export type ConversationDto = z.infer<typeof answers.ConversationAnswer>;
/** What was in force from here on: a ruled line across the replay. */
export type InForce = ConversationDto['in_force_at_start'];
export type HeadDto = z.infer<typeof answers.HeadAnswer>;
export type Counted = z.infer<typeof answers.Counted>;

export interface LedgerRef {
  /** Its slug. */
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

/** A named set of filters; `query` is that of the list, without `?`. */
export interface SavedView {
  id: string;
  screen: string;
  name: string;
  query: string;
}

/** What the frame around every screen needs. */
export interface FrameDto {
  person: { id: string; name: string; email: string; zone: string };
  ledger: LedgerRef;
  ledgers: LedgerRef[];
  integrity: IntegrityLine;
  proof: ProofLine;
  /** The person's own saved views of all screens, by name. */
  views: SavedView[];
  /** Server time at which the screen was made. */
  now: string;
}

export interface Page<T> {
  rows: T[];
  /** Cursors for the neighbouring pages, null at the ends. */
  older: string | null;
  newer: string | null;
  /** Exact when `exact`, else "at least". */
  total: Counted;
  /**
   * Set where the search for rare rows stopped before the page was full: nothing between the last row and this sequence number matches;
   * `older` (on a newer page: `newer`) continues from there.
   */
  searched_to: string | null;
}

export interface OverviewDto {
  head: { seq: string; received_at: string; integrity_hash: string } | null;
  integrity: IntegrityLine;
  /** Records by UTC day of the sender's timestamp and action, oldest first, last 180 days; `as_of` is the entry up to which it is counted. */
  volume: { day: string; action: string; count: number }[];
  volume_as_of: string | null;
  conversations: { total: Counted; open: Counted; with_gaps: Counted };
  /** As of the same entry as the volume; the busiest 50. */
  agents: { agent_name: string; conversations: number }[];
  denied: Counted;
  failed_sign_ins: Counted & { since: string };
  keys: { active: number; expiring: number; unused: number };
  /** Tools that were called and are not on the registry. */
  unmapped_tools: number;
  /** The last ten entries; empty for a role that may not read records. */
  recent: EntryDto[];
  /** Shown instead of figures while the ledger is empty. */
  empty: boolean;
}

/** Runs newest first, without their breaks, and where the ledger stands. */
export interface IntegrityDto {
  head: { seq: string; received_at: string; integrity_hash: string } | null;
  origin: string;
  runs: VerificationDto[];
  /** Asks for runs requested before this time (`?before=`), null on the last page. */
  next_before: string | null;
  /** Also when the page of checkpoints below is an older one; null before the first. */
  newest_checkpoint: CheckpointDto | null;
  proofs: ProofsDto;
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

/** How a person can prove again who they are, before keys or roles are changed. */
export interface ConfirmationWays {
  password: boolean;
  /** Name of the identity provider that the account is bound to; null without one. */
  provider: string | null;
}

export interface SessionRow {
  id: string;
  created_at: string;
  last_seen_at: string;
  address: string | null;
  browser: string | null;
  current: boolean;
}

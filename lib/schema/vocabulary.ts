/** The closed lists of the record format, in the order in which they are shown. */

/** What an agent can be recorded as having done. */
export const AGENT_ACTIONS = [
  'conversation_started',
  'user_message_received',
  'agent_response_generated',
  'tool_invoked',
  'data_accessed',
  'data_modified',
  'prompt_changed',
  'model_changed',
  'access_granted',
  'access_revoked',
  'conversation_ended',
] as const;
export type AgentAction = (typeof AGENT_ACTIONS)[number];

/** What says what is in force from there on: it governs, however old it is (decision 027). */
export const GOVERNING_ACTIONS = ['access_granted', 'access_revoked', 'prompt_changed', 'model_changed'] as const satisfies AgentAction[];
export type GoverningAction = (typeof GOVERNING_ACTIONS)[number];
export function isGoverning(action: string | null | undefined): action is GoverningAction {
  return GOVERNING_ACTIONS.some((known) => known === action);
}

/** What a person can be recorded as having done in the dashboard or through the read API. */
export const ACCESS_ACTIONS = [
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'session_revoked',
  'screen_viewed',
  'record_viewed',
  'search_run',
  'export_created',
  'verification_run',
  'verification_cancelled',
  'user_changed',
  'password_changed',
  'key_issued',
  'key_revoked',
  'settings_changed',
  'anchor_target_changed',
  'signer_key_rotated',
  'incarnation_started',
  'alarm_settled',
  'comparison_run',
  'export_downloaded',
  'content_revealed',
  'content_shredded',
  'break_glass_opened',
  'break_glass_reviewed',
  'hold_placed',
  'hold_release_requested',
  'hold_release_declined',
  'hold_released',
  'retention_event_entered',
  'retention_event_withdrawn',
  'policy_changed',
  'archive_run',
  'destruction_requested',
  'destruction_withdrawn',
  'destruction_declined',
  'destruction_approved',
  'destruction_stopped',
  'destruction_resumed',
  'destruction_certified',
  'registry_changed',
  'key_rotated',
  'access_denied',
  'ingest_refused',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];

export const ACTOR_TYPES = ['user', 'agent', 'admin', 'system'] as const;
export type ActorType = (typeof ACTOR_TYPES)[number];

export const OUTCOMES = ['success', 'failure', 'denied'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** From least to most sensitive; the index is the rank that is stored and compared. */
export const CLASSIFICATIONS = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

/** Parts of a conversation whose words belong into the vault, never into a record. */
export const CONTENT_PARTS = ['prompt', 'response', 'tool_arguments', 'tool_result', 'document'] as const;

export const CHANNELS = ['api', 'otlp', 'sdk', 'dashboard', 'system'] as const;
export type Channel = (typeof CHANNELS)[number];

export const LEDGER_KINDS = ['agents', 'access'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

export const ROLES = ['auditor', 'compliance_officer', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** Identifiers are ASCII so that two that look alike are alike. */
export const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
/** Resource ids come from other systems: printable ASCII without spaces, up to 256. */
export const RESOURCE_ID = /^[\x21-\x7e]{1,256}$/;

export const LIMITS = {
  /** Canonical bytes of one record. */
  recordBytes: 65_536,
  /** Request body of a single record, decompressed. */
  singleBytes: 1_048_576,
  /** Request body of a batch, decompressed. */
  batchBytes: 16_777_216,
  /** Request body of a single record with content, decompressed. */
  singleContentBytes: 8_388_608,
  /** UTF-8 bytes of one part of content, and parts of one record. */
  contentBytes: 1_048_576,
  contentParts: 16,
  batchItems: 1_000,
  depth: 32,
  members: 256,
  keyChars: 128,
} as const;

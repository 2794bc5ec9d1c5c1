import type { BreakCode, Verdict, VerificationScope } from '@/lib/schema/verification';
import type { Role } from '@/lib/schema/vocabulary';
import { formatCount } from './format-count';

/** Names of the record format in a reader's words. A name that is not known is shown as it was recorded. */
const ACTIONS: Record<string, string> = {
  conversation_started: 'Conversation started',
  user_message_received: 'Message received',
  agent_response_generated: 'Response given',
  tool_invoked: 'Tool called',
  data_accessed: 'Data read',
  data_modified: 'Data changed',
  prompt_changed: 'Prompt changed',
  model_changed: 'Model changed',
  access_granted: 'Access granted',
  access_revoked: 'Access revoked',
  conversation_ended: 'Conversation ended',
  signed_in: 'Signed in',
  sign_in_failed: 'Sign-in failed',
  signed_out: 'Signed out',
  session_revoked: 'Session ended',
  screen_viewed: 'Screen viewed',
  record_viewed: 'Record viewed',
  search_run: 'Search run',
  export_created: 'Export made',
  verification_run: 'Verification run',
  verification_cancelled: 'Verification cancelled',
  user_changed: 'User changed',
  password_changed: 'Password changed',
  key_issued: 'Key issued',
  key_revoked: 'Key revoked',
  settings_changed: 'Settings changed',
  anchor_target_changed: 'Place outside changed',
  signer_key_rotated: 'Signer’s key changed',
  incarnation_started: 'Restored behind what was signed',
  alarm_settled: 'Alarm settled',
  comparison_run: 'Old proof compared',
  export_downloaded: 'Export downloaded',
  content_revealed: 'Words revealed',
  content_shredded: 'Words shredded',
  break_glass_opened: 'Break-glass opened',
  break_glass_reviewed: 'Break-glass reviewed',
  hold_placed: 'Hold placed',
  hold_release_requested: 'Release of a hold asked for',
  hold_release_declined: 'Release of a hold declined',
  hold_released: 'Hold released',
  retention_event_entered: 'Retention event entered',
  retention_event_withdrawn: 'Retention event withdrawn',
  policy_changed: 'Policy changed',
  registry_changed: 'Registry changed',
  key_rotated: 'Key-encryption key changed',
  access_denied: 'Access denied',
  ingest_refused: 'Record refused',
};

export function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

const ROLES: Record<Role, string> = { auditor: 'Auditor', compliance_officer: 'Compliance officer', administrator: 'Administrator' };

export function roleWords(role: Role | null): string {
  return role === null ? 'No role' : ROLES[role];
}

export function plainWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const BREAKS: Record<BreakCode, string> = {
  body_altered: 'The words do not match their seal',
  body_missing: 'The words are gone',
  projection_altered: 'A column or a summary disagrees with the words',
  link_broken: 'Does not follow from the entry before it',
  hash_mismatch: 'The entry does not match its own seal',
  sequence_gap: 'Numbers are missing before this entry',
  sequence_duplicate: 'The number is used twice',
  conversation_gap: 'An entry of the conversation is missing',
  time_reversed: 'Received earlier than the entry before it',
  entry_missing: 'A record without an entry in the chain',
  head_changed: 'The chain was made anew: an earlier run saw another seal here',
  tail_truncated: 'Entries were cut off the end: the ledger reached further before',
  root_mismatch: 'The tree over the entries is not the one that was signed',
  checkpoint_signature_invalid: 'A checkpoint without a valid signature of this ledger',
  checkpoint_inconsistent: 'Checkpoints contradict each other',
  content_missing: 'What was sealed in the vault is gone',
  content_mismatch: 'What is in the vault is not what the record committed to',
  archive_missing: 'An archive segment is not where it should be',
  archive_altered: 'What lies in the archive is not what was archived',
  destruction_unproven: 'A destruction that nobody can prove to have been decided',
  hold_missing: 'A legal hold is gone',
  hold_altered: 'A legal hold is not what the access log says',
};

export function breakWords(code: BreakCode): string {
  return BREAKS[code];
}

export const VERDICT_WORDS: Record<Verdict, { tone: 'verified' | 'broken' | 'attention' | 'pending'; word: string }> = {
  valid: { tone: 'verified', word: 'Verified' },
  tampered: { tone: 'broken', word: 'Broken' },
  incomplete: { tone: 'broken', word: 'Incomplete' },
  empty: { tone: 'pending', word: 'Nothing to verify' },
  cannot_verify: { tone: 'attention', word: 'Could not be verified' },
};

export function scopeWords(scope: VerificationScope): string {
  switch (scope.kind) {
    case 'ledger':
      return 'Whole ledger';
    case 'range':
      return `#${formatCount(scope.from)} to #${formatCount(scope.to)}`;
    case 'conversation':
      return `Conversation ${scope.conversation_id}`;
  }
}

import type { ActorType, AgentAction, Classification, Outcome } from '../../schema/vocabulary';
import type { AuditRecord, ContentPart } from './record';

/** What every action may say beside its own members; it goes before the conversation's defaults. */
export interface Common {
  id?: string;
  /** RFC 3339 UTC; now when left out. */
  timestamp?: string;
  outcome?: Outcome;
  purpose?: string;
  classification?: Classification;
  domains?: readonly string[];
  subjectId?: string;
  onBehalfOf?: string;
  actorId?: string;
  actorType?: ActorType;
  /** The words: what the user asked, what the agent answered. Sealed by the ledger. */
  content?: readonly ContentPart[];
  /** More metadata, beside the named members. */
  details?: Record<string, unknown>;
}

interface Resource {
  resourceType?: string;
  resourceId?: string;
}

/** Lengths count UTF-16 code units of the text; the text itself stays with the agent unless it is given as `content`. */
export interface Actions {
  conversation_started: { channel?: string; title?: string };
  user_message_received: { length: number; language?: string };
  agent_response_generated: {
    length: number;
    model?: string;
    promptVersion?: string;
    tokensIn?: number;
    tokensOut?: number;
    latencyMs?: number;
    finishReason?: string;
  };
  tool_invoked: { tool: string; toolCallId?: string; argumentsLength?: number; resultLength?: number; durationMs?: number } & Resource;
  data_accessed: { tool?: string; toolCallId?: string; fields?: readonly string[]; rows?: number } & Required<Resource>;
  data_modified: { tool?: string; toolCallId?: string; fields?: readonly string[]; rows?: number; change?: string } & Required<Resource>;
  prompt_changed: {
    version: string;
    previousVersion?: string;
    author: string;
    approver?: string;
    ticket?: string;
    length?: number;
    sha256?: string;
  };
  model_changed: { model: string; previousModel?: string; approver?: string; ticket?: string };
  access_granted: {
    grantId: string;
    scope: string;
    requester: string;
    approver: string;
    reason?: string;
    expiresAt?: string;
    ticket?: string;
  } & Resource;
  access_revoked: { grantId: string; reason?: string; revokedBy: string } & Resource;
  conversation_ended: { reason: string; turns?: number };
}

export type ActionInput<A extends AgentAction> = Actions[A] & Common;

/** Members that are fields of the record; all others go into `details` in snake_case. */
const FIELDS = {
  id: 'id',
  timestamp: 'timestamp',
  outcome: 'outcome',
  purpose: 'purpose',
  classification: 'data_classification',
  domains: 'domains',
  subjectId: 'subject_id',
  onBehalfOf: 'on_behalf_of',
  actorId: 'actor_id',
  actorType: 'actor_type',
  resourceType: 'resource_type',
  resourceId: 'resource_id',
  content: 'content',
} as const satisfies Record<string, keyof AuditRecord>;

/** Turns an action's members into a record's. Absent members are left out; domains are sorted and said once. */
export function describeAction<A extends AgentAction>(action: A, input: ActionInput<A>): Partial<AuditRecord> & { action: A } {
  const { details: more, ...members } = input;
  const record: Record<string, unknown> = {};
  const details: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    if (name === 'domains') record.domains = [...new Set(value as readonly string[])].sort();
    else if (name in FIELDS) record[FIELDS[name as keyof typeof FIELDS]] = value;
    else details[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  Object.assign(details, more);
  return { ...record, action, ...(Object.keys(details).length > 0 ? { details } : {}) };
}

interface Parties {
  agentName: string;
  /** Absent outside a conversation. */
  userId?: string;
}

/** Who triggered an action, where the call does not say: the user's own doing, the agent's, or an administrator's. */
export function actorOf<A extends AgentAction>(action: A, input: ActionInput<A>, parties: Parties): Partial<AuditRecord> {
  const named = input as ActionInput<AgentAction> & { author?: string; approver?: string; revokedBy?: string };
  const agent = { actor_id: parties.agentName, actor_type: 'agent' } as const;
  switch (action) {
    case 'conversation_started':
    case 'user_message_received':
      return parties.userId === undefined ? agent : { actor_id: parties.userId, actor_type: 'user' };
    case 'prompt_changed':
      return { actor_id: named.author ?? 'unknown', actor_type: 'admin' };
    case 'model_changed':
      return named.approver === undefined
        ? { actor_id: 'system', actor_type: 'system' }
        : { actor_id: named.approver, actor_type: 'admin' };
    case 'access_granted':
      return { actor_id: named.approver ?? 'unknown', actor_type: 'admin' };
    case 'access_revoked':
      return { actor_id: named.revokedBy ?? 'unknown', actor_type: 'admin' };
    default:
      return parties.userId === undefined ? agent : { ...agent, on_behalf_of: parties.userId };
  }
}

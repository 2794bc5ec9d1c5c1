import type { ActorType, AgentAction, Classification, CONTENT_PARTS, Outcome } from '../../schema/vocabulary';

/** One record as it goes over the wire. Field names are the API's; absent fields are left out, never null or "". */
export interface AuditRecord {
  /** UUID; the idempotency key. Made here (v7) when left out. */
  id: string;
  /** RFC 3339 UTC with milliseconds: when it happened. */
  timestamp: string;
  action: AgentAction;
  actor_id: string;
  actor_type: ActorType;
  agent_name: string;
  data_classification: Classification;
  conversation_id?: string;
  resource_type?: string;
  resource_id?: string;
  /** The person whom the data is about. */
  subject_id?: string;
  on_behalf_of?: string;
  purpose?: string;
  outcome?: Outcome;
  /** Metadata only: lengths, labels, versions. The words themselves go into `content`. */
  details?: Record<string, unknown>;
  /** Words, at most 16 parts of 1 MiB: the ledger seals them as they come in and never writes them into the record. */
  content?: ContentPart[];
  /** Compliance domains that apply: hipaa, pci-dss, soc2, financial, gdpr … */
  domains?: string[];
  /** The sender's own counter within the conversation, from 1. */
  agent_seq?: number;
}

export interface ContentPart {
  part: (typeof CONTENT_PARTS)[number];
  text: string;
}

/** What the ledger answers for a stored record: its place in the chain. */
export interface Receipt {
  id: string;
  ledger: string;
  /** Position in the ledger, decimal: it may pass 2^53. */
  seq: string;
  /** Lower-case hex SHA-256. */
  integrity_hash: string;
  previous_hash: string;
  received_at: string;
  conversation_seq?: string;
  /** True when the ledger already had this record: a retry after a lost answer. */
  duplicate: boolean;
}

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What `client.record` takes: id, time, agent and actor are filled in where left out. */
export type RecordInput = Optional<AuditRecord, 'id' | 'timestamp' | 'agent_name' | 'actor_id' | 'actor_type'>;

/** `observe` never disturbs the agent; `strict` refuses to go on without a receipt. */
export type Mode = 'observe' | 'strict';

/** In `strict` a promise of the receipt that rejects; in `observe` one that never rejects and is null when it failed. */
export type ReceiptIn<M extends Mode> = M extends 'strict' ? Receipt : Receipt | null;

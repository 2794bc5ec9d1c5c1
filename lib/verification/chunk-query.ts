import 'server-only';

/**
 * Places of the columns in a row of the chunk query. The header's numbers come as big-endian 64-bit integers, which is how they are hashed.
 */
export const ENTRY = {
  seq: 0,
  id: 1,
  receivedAt: 2,
  conversationSeq: 3,
  bodyHash: 4,
  submitted: 5,
  previousHash: 6,
  integrityHash: 7,
  body: 8,
} as const;
export const COLUMN = {
  id: 9,
  occurredAt: 10,
  action: 11,
  actorId: 12,
  actorType: 13,
  conversationId: 14,
  conversationSeq: 15,
  agentName: 16,
  resourceType: 17,
  resourceId: 18,
  subjectId: 19,
  outcome: 20,
  classification: 21,
  tool: 22,
  model: 23,
  domains: 24,
  phi: 25,
} as const;
export const CHAIN_FIELDS = 9;
export const ALL_FIELDS = 26;

const HEADER = 'e.seq, e.id, e.received_at_us, e.conversation_seq, e.body_hash, e.submitted, e.previous_hash, e.integrity_hash, r.body';
const PROJECTION = `r.id, r.occurred_at, r.action, r.actor_id, r.actor_type, r.conversation_id, r.conversation_seq, r.agent_name, r.resource_type,
  r.resource_id, r.subject_id, r.outcome, r.classification, r.tool, r.model, r.domains, r.phi`;

/**
 * Entries `from` … `to` with their records, in order, and before them entry `from − 1` without one: what the first is compared with.
 */
export function chunkQuery(ledgerId: number, from: bigint, to: bigint, projection: boolean): string {
  return `SELECT ${HEADER}${projection ? `, ${PROJECTION}` : ''}
    FROM entries e LEFT JOIN records r ON r.ledger_id = ${ledgerId} AND r.seq = e.seq AND r.seq BETWEEN ${from} AND ${to}
    WHERE e.ledger_id = ${ledgerId} AND e.seq BETWEEN ${from === 0n ? 0n : from - 1n} AND ${to} ORDER BY e.seq`;
}

/** Entries and records by their own ids, for a list of positions. */
export function rowsQuery(condition: string): string {
  return `SELECT ${HEADER}, ${PROJECTION} FROM entries e LEFT JOIN records r ON r.ledger_id = e.ledger_id AND r.seq = e.seq WHERE ${condition}`;
}

/** Two scans in the order of the primary keys, merged: the planner's statistics may be hours old, and a sort would go to disk. */
export const PLAN_SETTINGS =
  'SET enable_hashjoin = off; SET enable_nestloop = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; SET max_parallel_workers_per_gather = 0';

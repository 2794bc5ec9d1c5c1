import { randomUUID } from 'node:crypto';
import type { RecordInput } from '@/lib/schema/record';

/** A record as a sender writes it, valid and of the fewest members. */
export function agentRecord(over: Partial<RecordInput> = {}): RecordInput {
  return {
    id: randomUUID(),
    timestamp: '2026-11-20T12:00:00.000Z',
    action: 'tool_invoked',
    actor_id: 'triage',
    actor_type: 'agent',
    agent_name: 'triage',
    data_classification: 'internal',
    ...over,
  };
}

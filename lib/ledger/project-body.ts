import 'server-only';
import { projectMembers } from '@/lib/chain/project-details';
import { readJson, STORED_LIMITS } from '@/lib/chain/read-json';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import type { PreparedRecord } from './prepare-record';

/** The columns beside a stored body, as they were when it was appended (lib/chain/check-projection.ts compares them). */
export type Projection = Omit<PreparedRecord, 'id' | 'body' | 'submitted' | 'derived' | 'cause' | 'toolUse' | 'sealed'> & {
  id: string;
};

/** @returns null for bytes that are no record. */
export function projectBody(body: Uint8Array): Projection | null {
  let value: unknown;
  try {
    value = readJson(body, STORED_LIMITS);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const members = value as Record<string, unknown>;
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : null);
  const [id, timestamp, action, actorId, actorType] = ['id', 'timestamp', 'action', 'actor_id', 'actor_type'].map(text);
  const occurredAt = Date.parse(timestamp ?? '');
  if (id == null || action == null || actorId == null || actorType == null || Number.isNaN(occurredAt)) return null;
  const rank = CLASSIFICATIONS.indexOf(members.data_classification as (typeof CLASSIFICATIONS)[number]);
  return {
    id,
    occurredAt,
    action,
    actorId,
    actorType,
    conversationId: text('conversation_id'),
    agentName: text('agent_name'),
    resourceType: text('resource_type'),
    resourceId: text('resource_id'),
    subjectId: text('subject_id'),
    outcome: text('outcome'),
    classification: rank < 0 ? null : rank,
    agentSeq: typeof members.agent_seq === 'number' ? members.agent_seq : null,
    ...projectMembers(members.details, members.domains),
  };
}

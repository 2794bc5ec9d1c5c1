import 'server-only';
import type { ConversationStep } from '@/lib/chain/verify-conversations';
import { PG_EPOCH_US } from './sound-columns';

/** `{"action":"…","actor_id":"…","actor_type":"…","agent_name":"…","agent_seq":N,`: identifiers have at most 128 characters. */
const BODY_START = 480;

/** The columns that a conversation's summary is made from. Of the body its beginning: agent_seq has no column of its own. */
export const STEP_COLUMNS = `conversation_id, conversation_seq, seq, id, occurred_at, action, actor_id, actor_type, agent_name, subject_id, classification,
  substring(body FOR ${BODY_START})`;
export const STEP_FIELDS = 12;

export function readStep(buffer: Buffer, at: Int32Array): ConversationStep {
  const text = (field: number) =>
    at[2 * field + 1] < 0 ? null : buffer.toString('utf8', at[2 * field], at[2 * field] + at[2 * field + 1]);
  const hex = buffer.toString('hex', at[6], at[6] + 16);
  return {
    conversationId: text(0)!,
    conversationSeq: buffer.readBigInt64BE(at[2]),
    seq: buffer.readBigInt64BE(at[4]),
    recordId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    occurredAt: Number((buffer.readBigInt64BE(at[8]) + BigInt(PG_EPOCH_US)) / 1000n),
    action: text(5) ?? '',
    actorId: text(6) ?? '',
    actorType: text(7) ?? '',
    agentName: text(8),
    subjectId: text(9),
    classification: at[21] < 0 ? null : buffer.readInt16BE(at[20]),
    agentSeq: agentSeqOf(buffer, at[22], at[23]),
  };
}

const AGENT_SEQ = Buffer.from(',"agent_seq":');

/**
 * In canonical JSON agent_seq follows agent_name, before any member that holds free text: its first occurrence, if it stands before the next member
 * that always follows, is the member itself.
 */
function agentSeqOf(buffer: Buffer, from: number, size: number): number | null {
  if (size < 0) return null;
  const body = buffer.subarray(from, from + size);
  const place = body.indexOf(AGENT_SEQ);
  if (place < 0) return null;
  const before = body.toString('latin1', 0, place);
  if (!/^\{"action":"[^"]*","actor_id":"[^"]*","actor_type":"[^"]*"(,"agent_name":"[^"]*")?$/.test(before)) return null;
  const digits = /^\d+/.exec(body.toString('latin1', place + AGENT_SEQ.length, place + AGENT_SEQ.length + 17));
  return digits === null ? null : Number(digits[0]);
}

import 'server-only';
import type { Columns } from '@/lib/chain/check-projection';
import type { ChainEntry, ChainRecord } from '@/lib/chain/verify-chain';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { COLUMN, ENTRY } from './chunk-query';
import { PG_EPOCH_US } from './sound-columns';

/** A row of the chunk query as the pure verifier takes it. Bytes are copied: the network's buffer goes. */
export function decodeEntry(buffer: Buffer, at: Int32Array): ChainEntry {
  const bytes = (field: number) => Uint8Array.from(slice(buffer, at, field));
  const u64 = (field: number) => buffer.readBigInt64BE(at[2 * field]);
  return {
    seq: u64(ENTRY.seq),
    id: uuid(slice(buffer, at, ENTRY.id)),
    receivedAtUs: u64(ENTRY.receivedAt),
    conversationSeq: u64(ENTRY.conversationSeq),
    bodyHash: bytes(ENTRY.bodyHash),
    previousHash: bytes(ENTRY.previousHash),
    integrityHash: bytes(ENTRY.integrityHash),
  };
}

/** null where the entry has no record. */
export function decodeRecord(buffer: Buffer, at: Int32Array, projection: boolean): ChainRecord | null {
  if (at[2 * ENTRY.body + 1] < 0) return null;
  return { body: Uint8Array.from(slice(buffer, at, ENTRY.body)), columns: projection ? decodeColumns(buffer, at) : null };
}

function decodeColumns(buffer: Buffer, at: Int32Array): Columns {
  const isNull = (field: number) => at[2 * field + 1] < 0;
  const text = (field: number) => (isNull(field) ? null : slice(buffer, at, field).toString('utf8'));
  const i64 = (field: number) => (isNull(field) ? null : buffer.readBigInt64BE(at[2 * field]).toString());
  return {
    headerConversationSeq: i64(ENTRY.conversationSeq)!,
    values: {
      'entries.id': uuid(slice(buffer, at, ENTRY.id)),
      'entries.submitted': slice(buffer, at, ENTRY.submitted).toString('hex'),
      id: isNull(COLUMN.id) ? null : uuid(slice(buffer, at, COLUMN.id)),
      occurred_at: isNull(COLUMN.occurredAt) ? null : timestamp(buffer.readBigInt64BE(at[2 * COLUMN.occurredAt])),
      action: text(COLUMN.action),
      actor_id: text(COLUMN.actorId),
      actor_type: text(COLUMN.actorType),
      conversation_id: text(COLUMN.conversationId),
      conversation_seq: i64(COLUMN.conversationSeq),
      agent_name: text(COLUMN.agentName),
      resource_type: text(COLUMN.resourceType),
      resource_id: text(COLUMN.resourceId),
      subject_id: text(COLUMN.subjectId),
      outcome: text(COLUMN.outcome),
      classification: isNull(COLUMN.classification) ? null : classification(buffer.readInt16BE(at[2 * COLUMN.classification])),
      tool: text(COLUMN.tool),
      model: text(COLUMN.model),
      domains: text(COLUMN.domains),
      phi: isNull(COLUMN.phi) ? null : String(buffer[at[2 * COLUMN.phi]] === 1),
    },
  };
}

function slice(buffer: Buffer, at: Int32Array, field: number): Buffer {
  return buffer.subarray(at[2 * field], at[2 * field] + Math.max(0, at[2 * field + 1]));
}

function uuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function classification(rank: number): string {
  return CLASSIFICATIONS[rank] ?? `rank ${rank}`;
}

/** RFC 3339 with milliseconds, as bodies have it; microseconds are shown where a column holds them, ±infinity as what it is. */
function timestamp(sincePgEpoch: bigint): string {
  const us = sincePgEpoch + BigInt(PG_EPOCH_US);
  const ms = us >= 0n || us % 1000n === 0n ? us / 1000n : us / 1000n - 1n;
  const date = new Date(Number(ms));
  if (Number.isNaN(date.getTime())) return sincePgEpoch < 0n ? '-infinity' : 'infinity';
  const micros = us - ms * 1000n;
  return micros === 0n ? date.toISOString() : `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

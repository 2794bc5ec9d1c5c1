import { fromBase64 } from '@/lib/chain/base64';
import { utf8 } from '@/lib/chain/bytes';
import { readJson } from '@/lib/chain/read-json';
import { formatTlogProof } from '@/lib/chain/tlog-proof';
import { type RecordVerdict, verifyRecord } from '@/lib/chain/verify-record';
import type { ConversationProofDto, RecordProofDto, SignerKeyDto } from '@/lib/schema/proofs';

export interface VerifiedRecord {
  seq: string;
  id: string;
  /** Its number within the conversation, which the hash covers. */
  number: string;
  result: RecordVerdict;
}

export interface VerifiedConversation {
  records: VerifiedRecord[];
  /** Numbers within the conversation that no record bears, as the verified headers have them: [first, last] of each hole. */
  holes: [from: string, to: string][];
  /** Records whose words name another conversation. */
  strangers: string[];
  checkpoint: string | null;
  total: number;
  more: boolean;
}

/** Lets the page draw between records; each costs some milliseconds, most of them for ML-DSA. */
const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/**
 * Verifies each record by itself, and that together they are the conversation: numbered 1, 2, 3 … without a hole, and each of them of it.
 * @param trusted keys from elsewhere; without them those that came along
 */
export async function verifyConversation(
  dto: ConversationProofDto,
  trusted: readonly SignerKeyDto[] | null,
  onProgress: (done: number) => void,
): Promise<VerifiedConversation> {
  const records: VerifiedRecord[] = [];
  const strangers: string[] = [];
  for (const record of dto.records) {
    const proof = toRecordProof(dto, record);
    records.push({ seq: record.seq, id: record.id, number: record.conversation_seq, result: verifyRecord(proof, trusted ?? dto.keys) });
    if (record.body !== null && conversationOf(record.body) !== dto.conversation_id) strangers.push(record.seq);
    onProgress(records.length);
    await breathe();
  }
  return {
    records,
    holes: holesOf(
      dto.records.map(({ conversation_seq }) => BigInt(conversation_seq)),
      dto.next_after === null ? BigInt(dto.total) : null,
    ),
    strangers,
    checkpoint: dto.checkpoint?.number ?? null,
    total: dto.total,
    more: dto.next_after !== null,
  };
}

function toRecordProof(dto: ConversationProofDto, { path, ...record }: ConversationProofDto['records'][number]): RecordProofDto {
  return { ...record, tlog_proof: proofOf(dto.note, record.seq, path), keys: dto.keys, checkpoint: dto.checkpoint };
}

/** As one file would have it. What cannot be put together is given as it is, so that the verifier says what is wrong with it. */
function proofOf(note: string | null, seq: string, path: string[] | null): string | null {
  if (note === null || path === null) return null;
  try {
    const proof = path.map((hash) => fromBase64(hash) ?? new Uint8Array());
    return formatTlogProof({ index: BigInt(seq), proof, note: utf8(note) });
  } catch {
    return note;
  }
}

function conversationOf(body: string): string | null {
  const bytes = fromBase64(body);
  if (bytes === null) return null;
  try {
    const value = readJson(bytes);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value.conversation_id === 'string'
      ? value.conversation_id
      : null;
  } catch {
    return null;
  }
}

/** What is missing from 1 up to the last number, or up to `total` where that is known. */
export function holesOf(numbers: readonly bigint[], total: bigint | null): [string, string][] {
  const holes: [string, string][] = [];
  let expected = 1n;
  for (const number of [...numbers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (number > expected) holes.push([String(expected), String(number - 1n)]);
    if (number >= expected) expected = number + 1n;
  }
  if (total !== null && expected <= total) holes.push([String(expected), String(total)]);
  return holes;
}

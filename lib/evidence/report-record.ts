import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { readJson, STORED_LIMITS } from '@/lib/chain/read-json';
import { formatMicroseconds } from '@/lib/ledger/append-batch';
import type { Header } from '@/lib/ledger/read-entries';

/** A record as a report shows it: decoded from its body, never from a column. */
export interface ReportRecord {
  seq: string;
  id: string;
  receivedAt: string;
  conversationSeq: string;
  integrityHash: string;
  /** Members of the body in its own order; null where the body is archived, or cannot be decoded. */
  body: Record<string, JsonValue> | null;
  /** Its words, in a bundle that has them. */
  words?: readonly ReportPart[];
}

/** A part as a report shows it: the beginning of its words, and how many characters there are in all; or why there are none. */
export interface ReportPart {
  part: string;
  index: number;
  said: { text: string; characters: number; whole: boolean } | { absent: string };
}

export function readReportRecord(header: Header, body: Uint8Array | null): ReportRecord {
  return {
    seq: String(header.seq),
    id: header.id,
    receivedAt: formatMicroseconds(header.received_at_us),
    conversationSeq: String(header.conversation_seq),
    integrityHash: toHex(header.integrity_hash),
    body: body === null ? null : decode(body),
  };
}

function decode(body: Uint8Array): Record<string, JsonValue> | null {
  try {
    const value = readJson(body, STORED_LIMITS);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** A member as text; '' where there is none. */
export function memberText(record: ReportRecord, name: string): string {
  const value = record.body?.[name];
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

import 'server-only';
import type { ArchivedEntry, SeqRange } from '@/lib/chain/archive-segment';

/** What the database has to know of a segment once its records are gone, from the very bytes that stay. */
export class Learned {
  readonly conversations = new Map<string, SeqRange[]>();
  readonly hashes: { seq: bigint; hash: Uint8Array }[] = [];
  eventFrom: string | null = null;
  eventTo: string | null = null;

  take({ header: { seq }, integrityHash, body }: ArchivedEntry): void {
    this.hashes.push({ seq, hash: integrityHash });
    const { conversation_id, timestamp } = membersOf(body);
    if (typeof timestamp === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(timestamp)) {
      const day = timestamp.slice(0, 10);
      if (this.eventFrom === null || day < this.eventFrom) this.eventFrom = day;
      if (this.eventTo === null || day > this.eventTo) this.eventTo = day;
    }
    if (typeof conversation_id !== 'string') return;
    const ranges = this.conversations.get(conversation_id);
    const last = ranges?.at(-1);
    if (last !== undefined && last.to + 1n === seq) last.to = seq;
    else if (ranges !== undefined) ranges.push({ from: seq, to: seq });
    else this.conversations.set(conversation_id, [{ from: seq, to: seq }]);
  }
}

function membersOf(body: Uint8Array): { conversation_id?: unknown; timestamp?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

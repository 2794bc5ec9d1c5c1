import 'server-only';
import { fillStored } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { toHex } from '@/lib/chain/bytes';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { bodyText } from '@/lib/ledger/decode-body';
import { readRecordDecision } from '@/lib/ledger/read-decisions';
import { findPosition, readStored, toEntry } from '@/lib/ledger/read-entries';
import { registryInForce } from '@/lib/ledger/read-registry';
import { readWords } from '@/lib/ledger/read-words';
import { dayOf } from '@/lib/policy/retention-calendar';
import type { FrameDto, RecordDto } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

/**
 * One entry with its stored bytes and the hashes beside it, so that a reader can compute all of them again.
 * @param input.id the record's id, or its sequence number.
 * @throws RefusalError not_found, also for a record of another ledger
 */
export async function viewRecord(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & RecordDto> {
  const id = input.id ?? '';
  const look = { permission: 'records.read', screen: '/records/[id]', resource: { type: 'record', id } } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const { around, seq } = await boundedRead(async (tx) => {
      const name = nameOf(id);
      const seq = name && (await findPosition(tx, ledger.id, name));
      if (seq === null) refuse('not_found', 'There is no such record in this ledger.');
      return { around: await readStored(tx, ledger.id, [seq - 1n, seq, seq + 1n]), seq };
    });
    const at = (position: bigint) => around.find(({ header }) => header.seq === position);
    const [own] = await fillStored(ledger, [at(seq)!]);
    const { header, body, archived, destroyed } = own!;
    const [before, after] = [at(seq - 1n)?.header, at(seq + 1n)?.header];
    const entry = { ...toEntry(header, body), ...(archived && { archived }), ...(destroyed && { destroyed }) };
    const of = { conversationId: entry.body?.conversation_id ?? null, recordId: entry.id };
    const registry = await registryInForce(ledger.id);
    return boundedRead(async (tx) => ({
      ledger_origin: ledger.origin,
      entry,
      canonical: body && bodyText(body),
      previous: before ? { seq: String(before.seq), integrity_hash: toHex(before.integrity_hash) } : null,
      next: after ? { seq: String(after.seq), previous_hash: toHex(after.previous_hash) } : null,
      words: await readWords(tx, ledger, of, [entry], viewer.keyId === null ? viewer.person.id : null),
      retention: await readRecordDecision(tx, ledger, registry, entry, dayOf(Date.now())),
    }));
  });
}

function nameOf(id: string): { id: string } | { seq: bigint } | null {
  if (isUuid(id)) return { id };
  return /^\d{1,18}$/.test(id) ? { seq: BigInt(id) } : null;
}

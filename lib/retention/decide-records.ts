import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { fillEntries } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readConversationPositions, readConversationRow } from '@/lib/ledger/read-conversations';
import { FROM_EITHER_END, type Looked, readLooked, readRecordDecision, readTalkDecision } from '@/lib/ledger/read-decisions';
import { findPosition, readEntries } from '@/lib/ledger/read-entries';
import { registryInForce } from '@/lib/ledger/read-registry';
import { dayOf } from '@/lib/policy/retention-calendar';
import { RefusalError } from '@/lib/schema/errors';
import type { ConversationDecision, RecordDecision } from '@/lib/schema/retention';
import type { ConversationRow, EntryDto } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';

const SCREEN = '/api/v1/retention';
/** Records of a conversation that are read at a time. */
const PAGE = 250;

/** Until when a record is kept and why, decided from its body. @throws RefusalError not_found; conflict where its body is not here, or was destroyed; and as auditedRead */
export async function decideRecord(viewer: Viewer, asked: string | null, id: string, now = Date.now()): Promise<RecordDecision> {
  const what = { action: 'record_viewed' as const, screen: `${SCREEN}/records/{id}`, resource: { type: 'record', id } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) => {
    const registry = await registryInForce(ledger.id);
    const stored = await boundedRead(async (tx) => {
      const seq = isUuid(id) ? await findPosition(tx, ledger.id, { id }) : null;
      return seq === null ? [] : readEntries(tx, ledger.id, [seq]);
    });
    // Between two short transactions: a store may take its time.
    const [entry] = await fillEntries(ledger, stored);
    if (entry === undefined) throw new RefusalError('not_found', 'There is no such record in this ledger.');
    if (entry.destroyed !== undefined) throw new RefusalError('conflict', `${entry.destroyed.say} No policy decides about it any more.`);
    const decision = await boundedRead((tx) => readRecordDecision(tx, ledger, registry, entry, dayOf(now)));
    if (decision === null)
      throw new RefusalError('conflict', 'The body of this record is not here, or cannot be read: what decides about it is in there.');
    return decision;
  });
}

/** Until when a conversation is kept: what holds for all of its records, in the database or in the archive. @throws RefusalError not_found; conflict; and as auditedRead */
export async function decideConversation(
  viewer: Viewer,
  asked: string | null,
  id: string,
  now = Date.now(),
): Promise<ConversationDecision> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/conversations/{id}`, resource: { type: 'conversation', id } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) => {
    const registry = await registryInForce(ledger.id);
    const row = await boundedRead((tx) => readConversationRow(tx, ledger.id, id));
    if (row === null) throw new RefusalError('not_found', 'There is no such conversation in this ledger.');
    const looked: Looked[] = [];
    for await (const entries of entriesFromEitherEnd(ledger, row))
      looked.push(...(await boundedRead((tx) => readLooked(tx, ledger, registry, entries))));
    const left = row.record_count - (row.destroyed ?? 0);
    const decision = await boundedRead((tx) => readTalkDecision(tx, ledger, id, { looked, left }, dayOf(now)));
    if (decision === null && left <= 0)
      throw new RefusalError('conflict', 'All records of this conversation were erased under policy; no policy decides about it any more.');
    if (decision === null)
      throw new RefusalError('conflict', 'No body of this conversation is here, or can be read: what decides about it is in there.');
    return decision;
  });
}

/** What is archived is fetched between short transactions; no more bodies than a page of them are in memory at a time. */
async function* entriesFromEitherEnd(ledger: LedgerRow, row: ConversationRow): AsyncGenerator<EntryDto[]> {
  const last = BigInt(row.record_count);
  const gap = last > BigInt(2 * FROM_EITHER_END) ? { from: BigInt(FROM_EITHER_END), to: last - BigInt(FROM_EITHER_END) } : null;
  for (let after = 0n; ; ) {
    const { places, entries } = await boundedRead(async (tx) => {
      const limit = gap !== null && after < gap.from ? Math.min(PAGE, Number(gap.from - after)) : PAGE;
      const places = await readConversationPositions(tx, ledger, row.conversation_id, after, limit);
      const seqs = places.map(({ seq }) => seq);
      return { places, entries: await readEntries(tx, ledger.id, seqs) };
    });
    const end = places.at(-1);
    // Records that came since it was looked up are left to the next look.
    if (end === undefined || after >= last) return;
    const known = entries.filter(({ conversation_seq: number }) => BigInt(number) <= last);
    yield await fillEntries(ledger, known);
    after = gap !== null && end.conversation_seq >= gap.from && end.conversation_seq < gap.to ? gap.to : end.conversation_seq;
  }
}

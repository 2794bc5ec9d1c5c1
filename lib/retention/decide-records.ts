import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { fillEntries } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readConversationDecision, readRecordDecision } from '@/lib/ledger/read-decisions';
import { findPosition, readEntries } from '@/lib/ledger/read-entries';
import { registryInForce } from '@/lib/ledger/read-registry';
import { dayOf } from '@/lib/policy/retention-calendar';
import { RefusalError } from '@/lib/schema/errors';
import type { ConversationDecision, RecordDecision } from '@/lib/schema/retention';
import { isUuid } from '@/lib/schema/uuid';

const SCREEN = '/api/v1/retention';

/** Until when a record is kept and why, decided from its body. @throws RefusalError not_found; conflict where its body is not here; and as auditedRead */
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
    const decision = await boundedRead((tx) => readRecordDecision(tx, ledger, registry, entry, dayOf(now)));
    if (decision === null)
      throw new RefusalError('conflict', 'The body of this record is not here, or cannot be read: what decides about it is in there.');
    return decision;
  });
}

/** Until when a conversation is kept: what holds for all of its records. @throws RefusalError not_found; conflict; and as auditedRead */
export async function decideConversation(
  viewer: Viewer,
  asked: string | null,
  id: string,
  now = Date.now(),
): Promise<ConversationDecision> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/conversations/{id}`, resource: { type: 'conversation', id } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) => {
    const registry = await registryInForce(ledger.id);
    return boundedRead((tx) => readConversationDecision(tx, ledger, registry, id, dayOf(now)));
  });
}

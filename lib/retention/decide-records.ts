import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readConversationRow } from '@/lib/ledger/read-conversations';
import { findPosition, readEntries } from '@/lib/ledger/read-entries';
import { registryInForce } from '@/lib/ledger/read-registry';
import { type Reached, readConversationKinds, readPolicies, readReached } from '@/lib/ledger/read-retention';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { dayOf } from '@/lib/policy/retention-calendar';
import { decide, isDue, strictest } from '@/lib/policy/retention-decide';
import { makeRules } from '@/lib/policy/retention-rules';
import { mapNow, unmappedOf } from '@/lib/policy/retention-unmapped';
import { RefusalError } from '@/lib/schema/errors';
import type { ConversationDecision, Decision, RecordDecision } from '@/lib/schema/retention';
import type { EntryDto } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';

const SCREEN = '/api/v1/retention';
/** Records of a conversation that are looked at from either end. */
const FROM_EITHER_END = 1_000;
const DAY = /^\d{4}-\d{2}-\d{2}T/;

/** Until when a record is kept and why, decided from its body. @throws RefusalError not_found; conflict where its body is not here; and as auditedRead */
export async function decideRecord(viewer: Viewer, asked: string | null, id: string, now = Date.now()): Promise<RecordDecision> {
  const what = { action: 'record_viewed' as const, screen: `${SCREEN}/records/{id}`, resource: { type: 'record', id } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) => {
    const registry = await registryInForce(ledger.id);
    return boundedRead(async (tx) => {
      const seq = isUuid(id) ? await findPosition(tx, ledger.id, { id }) : null;
      const [entry] = seq === null ? [] : await readEntries(tx, ledger.id, [seq]);
      if (entry === undefined) throw new RefusalError('not_found', 'There is no such record in this ledger.');
      return readRecordDecision(tx, ledger, registry, entry, dayOf(now));
    });
  });
}

/** The same for a screen that has been recorded already and has read the entry. @throws RefusalError conflict where its body is not here */
export async function readRecordDecision(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  entry: EntryDto,
  today: string,
): Promise<RecordDecision> {
  if (entry.body === null || !DAY.test(entry.body.timestamp))
    throw new RefusalError(
      'conflict',
      'The body of this record is not in hot storage, or cannot be read: what decides about it is in there.',
    );
  const policies = await readPolicies(tx, ledger.id);
  const seq = BigInt(entry.seq);
  const { holds, triggers } = (await readReached(tx, ledger.id, [seq])).get(seq)!;
  const retained = {
    event: entry.body.timestamp.slice(0, 10),
    recorded: entry.received_at.slice(0, 10),
    ...mapNow(entry.body.domains ?? [], unmappedOf(entry.body), registry),
    triggers,
  };
  const decision = decide(retained, makeRules(policies), holds);
  const due = isDue(decision.keep_until, today, holds.length > 0);
  return { ...decision, today, policies_version: policies.version, record_id: entry.id, seq: entry.seq, state: 'hot', due };
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

/** The same for a screen that has been recorded already. @throws RefusalError not_found; conflict where none of its bodies is here */
export async function readConversationDecision(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  id: string,
  today: string,
): Promise<ConversationDecision> {
  const row = await readConversationRow(tx, ledger.id, id);
  if (row === null) throw new RefusalError('not_found', 'There is no such conversation in this ledger.');
  const kinds = await readConversationKinds(tx, ledger, id, FROM_EITHER_END);
  if (kinds.length === 0) throw new RefusalError('conflict', 'The records of this conversation are not in hot storage.');
  const policies = await readPolicies(tx, ledger.id);
  const rules = makeRules(policies);
  const reached = await readReached(
    tx,
    ledger.id,
    kinds.map(({ seq }) => seq),
  );
  const holds = holdsOf(reached);
  // Many records are alike in all of it; each kind is decided once.
  const decisions = new Map<string, Decision>();
  for (const { seq, event_day: event, recorded_day: recorded, domains, unmapped } of kinds) {
    const { triggers } = reached.get(seq)!;
    const key = JSON.stringify([event, recorded, domains, unmapped, [...triggers]]);
    if (decisions.has(key)) continue;
    const mapped = mapNow(domains === null ? [] : domains.split(','), unmapped, registry);
    decisions.set(key, decide({ event, recorded, ...mapped, triggers }, rules, holds));
  }
  const all = [...decisions.values()];
  const { keep, dispose } = strictest(all)!;
  const conflict = keep.conflict ?? all.find((one) => one.conflict !== null)?.conflict ?? null;
  const archive = all.some((one) => one.archive_from === null)
    ? null
    : all.reduce((latest, one) => (one.archive_from! > latest ? one.archive_from! : latest), '');
  const extra = dispose !== null && dispose !== keep ? `; some of its records are to be disposed of by ${dispose.dispose_by}` : '';
  const clash =
    conflict !== null && keep.conflict === null ? `; some of its records are in conflict (${conflict.floor}, ${conflict.ceiling})` : '';
  return {
    ...keep,
    archive_from: archive,
    dispose_by: dispose?.dispose_by ?? null,
    conflict,
    unmapped: [...new Set(all.flatMap((one) => one.unmapped))].sort(),
    off: [...new Set(all.flatMap((one) => one.off))].sort(),
    say: `${keep.say}${extra}${clash}`,
    today,
    policies_version: policies.version,
    conversation_id: id,
    records: kinds.length,
    complete: BigInt(kinds.length) === BigInt(row.record_count),
    due: isDue(keep.keep_until, today, holds.length > 0),
  };
}

function holdsOf(reached: ReadonlyMap<bigint, Reached>): Reached['holds'] {
  const all = [...reached.values()].flatMap(({ holds }) => holds);
  return [...new Map(all.map((hold) => [hold.id, hold])).values()].sort((a, b) => a.number - b.number);
}

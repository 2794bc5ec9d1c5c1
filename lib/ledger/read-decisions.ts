import 'server-only';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { decide, isDue, strictest } from '@/lib/policy/retention-decide';
import { makeRules, type Rules } from '@/lib/policy/retention-rules';
import { mapNow, unmappedOf } from '@/lib/policy/retention-unmapped';
import type { Retained } from '@/lib/policy/retention-weigh';
import { RefusalError } from '@/lib/schema/errors';
import type { ConversationDecision, Decision, RecordDecision } from '@/lib/schema/retention';
import type { ConversationRow, EntryDto } from '@/lib/schema/screens';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { readConversationRow } from './read-conversations';
import { readReachOf } from './read-reach';
import { type Reached, readConversationKinds, readPolicies, readReached, readTalkHolds } from './read-retention';

/** Records of a conversation that are looked at from either end. */
export const FROM_EITHER_END = 1_000;
const DAY = /^\d{4}-\d{2}-\d{2}T/;

/** Of a record that has been read, from the archive or not. @returns null where its body is not here, or cannot be read: what decides about it is in there */
export async function readRecordDecision(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  entry: EntryDto,
  today: string,
): Promise<RecordDecision | null> {
  if (!isReadable(entry)) return null;
  const policies = await readPolicies(tx, ledger.id);
  const { holds, triggers } = (await readReachOf(tx, ledger.id, [entry])).get(entry.seq)!;
  const decision = decide(retainedOf(entry, triggers, registry), makeRules(policies), holds);
  return {
    ...decision,
    today,
    policies_version: policies.version,
    record_id: entry.id,
    seq: entry.seq,
    state: entry.archived === undefined ? 'hot' : 'archived',
    due: isDue(decision.keep_until, today, holds.length > 0),
  };
}

/** What of a record its conversation is decided by. */
export interface Looked {
  kind: Retained;
  holds: Reached['holds'];
}

/** Of entries that have been read, from the archive or not; those without a body that can be read are left out. */
export async function readLooked(tx: Tx, ledger: LedgerRow, registry: RegistryIndex, entries: readonly EntryDto[]): Promise<Looked[]> {
  const readable = entries.filter(isReadable);
  const reached = await readReachOf(tx, ledger.id, readable);
  return readable.map((entry) => {
    const { holds, triggers } = reached.get(entry.seq)!;
    return { kind: retainedOf(entry, triggers, registry), holds };
  });
}

/** Of a conversation whose records have all been read, from the archive or not. @returns null where no body is here */
export async function readWholeDecision(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  row: ConversationRow,
  entries: readonly EntryDto[],
  today: string,
): Promise<ConversationDecision | null> {
  const destroyed = entries.filter((entry) => entry.destroyed !== undefined).length;
  const left = Math.max(row.record_count, entries.length) - destroyed;
  return readTalkDecision(tx, ledger, row.conversation_id, { looked: await readLooked(tx, ledger, registry, entries), left }, today);
}

/**
 * Of a conversation, from those of its records that were looked at. It is due only where they are all that is left of it: one that was not looked at may be kept
 * longer. Holds that reach any of the others are told with it.
 * @param left its records that are not destroyed, whether they were looked at or not
 * @returns null of none
 */
export async function readTalkDecision(
  tx: Tx,
  ledger: LedgerRow,
  id: string,
  { looked, left }: { looked: readonly Looked[]; left: number },
  today: string,
): Promise<ConversationDecision | null> {
  if (looked.length === 0) return null;
  const policies = await readPolicies(tx, ledger.id);
  const complete = looked.length >= left;
  const others = complete ? [] : await readTalkHolds(tx, ledger.id, id);
  const holds = inOrder([...looked.flatMap((one) => one.holds), ...others]);
  const decision = decideTogether(
    looked.map(({ kind }) => kind),
    makeRules(policies),
    holds,
    today,
  );
  return {
    ...decision,
    ...(!complete && {
      say: `${decision.say}; decided from ${looked.length} of its ${left} records: others may be kept longer`,
      due: false,
    }),
    today,
    policies_version: policies.version,
    conversation_id: id,
    records: looked.length,
    complete,
  };
}

/** Of a conversation, from what of it is in the database. @throws RefusalError not_found; conflict where none of its bodies is here */
export async function readConversationDecision(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  id: string,
  today: string,
): Promise<ConversationDecision> {
  const row = await readConversationRow(tx, ledger.id, id);
  if (row === null) throw new RefusalError('not_found', 'There is no such conversation in this ledger.');
  const found = await readConversationKinds(tx, ledger, id, FROM_EITHER_END);
  const reached = await readReached(
    tx,
    ledger.id,
    found.map(({ seq }) => seq),
  );
  const looked = found.map(({ seq, event_day: event, recorded_day: recorded, domains, unmapped }): Looked => {
    const { holds, triggers } = reached.get(seq)!;
    return { kind: { event, recorded, ...mapNow(domains === null ? [] : domains.split(','), unmapped, registry), triggers }, holds };
  });
  // One that came meanwhile does not stand for one that is archived.
  const left = Math.max(row.record_count - (row.destroyed ?? 0), looked.length + row.archived);
  const decision = await readTalkDecision(tx, ledger, id, { looked, left }, today);
  if (decision === null) throw new RefusalError('conflict', 'The records of this conversation are not in hot storage.');
  return decision;
}

function isReadable({ body }: EntryDto): boolean {
  return body !== null && DAY.test(body.timestamp);
}

function retainedOf(entry: EntryDto, triggers: Reached['triggers'], registry: RegistryIndex): Retained {
  const body = entry.body!;
  return {
    event: body.timestamp.slice(0, 10),
    recorded: entry.received_at.slice(0, 10),
    ...mapNow(body.domains ?? [], unmappedOf(body), registry),
    triggers,
  };
}

/** What holds for all records of a conversation: it is kept as the strictest of them is. @param kinds at least one */
function decideTogether(kinds: readonly Retained[], rules: Rules, holds: Reached['holds'], today: string): Decision & { due: boolean } {
  // Many records are alike in all of it; each kind is decided once.
  const decisions = new Map<string, Decision>();
  for (const kind of kinds) {
    const key = JSON.stringify([kind.event, kind.recorded, kind.domains, kind.unmapped, [...kind.triggers]]);
    if (!decisions.has(key)) decisions.set(key, decide(kind, rules, holds));
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
    due: isDue(keep.keep_until, today, holds.length > 0),
  };
}

function inOrder(holds: Reached['holds']): Reached['holds'] {
  return [...new Map(holds.map((hold) => [hold.id, hold])).values()].sort((a, b) => a.number - b.number);
}

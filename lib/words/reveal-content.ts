import 'server-only';
import { type AccessWhat, actorOf } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { recordedChange } from '@/lib/access-log/audited-change';
import { type Granted, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { findRole } from '@/lib/access-log/find-role';
import { recordRefusal } from '@/lib/access-log/record-refusal';
import { fillEntries } from '@/lib/archive/read-archived';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { findOpenBreakGlass, markBreakGlassUsed } from '@/lib/ledger/read-break-glass';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { readConversationPositions, readConversationRow } from '@/lib/ledger/read-conversations';
import { findPosition, readEntries } from '@/lib/ledger/read-entries';
import { readShreddingsOf } from '@/lib/ledger/read-holds';
import { readParts, subjectsOf } from '@/lib/ledger/read-words';
import { may } from '@/lib/policy/permissions';
import { purposeFault } from '@/lib/policy/purposes';
import { RefusalError } from '@/lib/schema/errors';
import type { EntryDto } from '@/lib/schema/screens';
import { type PartDto, REVEAL_RECORDS, type RevealLine, type RevealWish, type ShreddingDto } from '@/lib/schema/words';
import { openerOf } from './open-stored';

const SCREEN = '/api/v1/reveals';

/** What was asked for, found and judged, before anything of it is opened. */
interface Plan {
  entries: EntryDto[];
  parts: PartDto[];
  shreddings: ShreddingDto[];
  conversationId: string | null;
  nextAfter: string | null;
}

/**
 * The words of a conversation or a record, a line a part. That they were asked for, by whom and what for, is durable before the first of them is opened.
 * @throws RefusalError reauthentication_required; required, format or enum for what was asked; not_found; forbidden; audit_unavailable: then nothing is opened
 */
export async function revealContent(viewer: Viewer, asked: string | null, wish: RevealWish): Promise<AsyncGenerator<RevealLine>> {
  const slug = await chooseLedger(viewer, asked);
  const { granted, byBreakGlass } = await grantReveal(viewer, slug);
  const { ledger, role } = granted;
  requireConfirmed(viewer);
  assertShape(wish);
  const archived = await fetchArchived(ledger, wish);
  const { plan, open } = await boundedRead(async (tx) => {
    const conversation = await conversationOf(tx, ledger, wish, archived);
    const open = conversation === null ? null : await findOpenBreakGlass(tx, ledger, viewer.person.id, conversation);
    return { plan: byBreakGlass && open === null ? null : await makePlan(tx, ledger, wish, archived), open };
  });
  if (plan === null) {
    await recordRefusal(viewer, role, slug, 'content.reveal', SCREEN);
    throw new RefusalError('forbidden');
  }
  const what = describe(wish, plan, open?.id ?? null);
  const actor = actorOf(viewer, role);
  if (open === null) await appendAccess(actor, slug, what);
  else {
    await recordedChange(actor, slug, what, async (tx) => {
      const counted = await markBreakGlassUsed(tx, open.id);
      if (!counted && byBreakGlass) throw new RefusalError('forbidden', 'The half hour of this emergency is over.');
    });
  }
  return openParts(ledger, plan);
}

/** Who may by their role does; who may in an emergency needs one that is open. A refusal is recorded by whichever grant decides. */
async function grantReveal(viewer: Viewer, slug: string): Promise<{ granted: Granted; byBreakGlass: boolean }> {
  const ledger = await findLedger(slug);
  const role = ledger === null ? null : await findRole(viewer, ledger);
  const byBreakGlass = !may(role, 'content.reveal') && may(role, 'break_glass.use');
  return { granted: await grant(viewer, slug, byBreakGlass ? 'break_glass.use' : 'content.reveal', SCREEN), byBreakGlass };
}

function assertShape(wish: RevealWish): void {
  if (wish.conversation_id === undefined && wish.record_id === undefined)
    throw new RefusalError('required', 'Name a conversation or a record.', '/conversation_id');
  if (wish.conversation_id !== undefined && wish.record_id !== undefined)
    throw new RefusalError('format', 'Name a conversation or a record, not both.', '/record_id');
  if (wish.parts !== undefined && wish.record_id === undefined)
    throw new RefusalError('format', 'Parts are named within a record.', '/parts');
  if (wish.after !== undefined && wish.conversation_id === undefined)
    throw new RefusalError('format', 'A record is revealed from its first part on.', '/after');
}

/** What commits to the words is in the body. Of archived ones it is fetched before, outside any transaction; nothing is decided here, and nothing told. */
type Bodies = ReadonlyMap<string, EntryDto>;
async function fetchArchived(ledger: LedgerRow, wish: RevealWish): Promise<Bodies> {
  const entries = await boundedRead(async (tx) => {
    if (wish.record_id !== undefined) return [await findEntry(tx, ledger, wish.record_id, new Map())].filter((entry) => entry !== null);
    const found = await readConversationPositions(tx, ledger, wish.conversation_id!, BigInt(wish.after ?? '0'), REVEAL_RECORDS);
    const seqs = found.map(({ seq }) => seq);
    return readEntries(tx, ledger.id, seqs);
  });
  const gone = entries.filter(({ body }) => body === null);
  return new Map((await fillEntries(ledger, gone)).map((entry) => [entry.seq, entry]));
}

/** The conversation that an emergency would have to be about; null where there is none, whatever the reason. Whose role suffices has theirs counted too. */
async function conversationOf(tx: Tx, ledger: LedgerRow, wish: RevealWish, archived: Bodies): Promise<string | null> {
  if (wish.conversation_id !== undefined) return wish.conversation_id;
  return (await findEntry(tx, ledger, wish.record_id!, archived))?.body?.conversation_id ?? null;
}

async function findEntry(tx: Tx, ledger: LedgerRow, id: string, archived: Bodies): Promise<EntryDto | null> {
  const seq = await findPosition(tx, ledger.id, { id });
  return seq === null ? null : ((await readWith(tx, ledger, [seq], archived))[0] ?? null);
}

async function readWith(tx: Tx, ledger: LedgerRow, seqs: readonly bigint[], archived: Bodies): Promise<EntryDto[]> {
  return (await readEntries(tx, ledger.id, seqs)).map((entry) => (entry.body === null ? (archived.get(entry.seq) ?? entry) : entry));
}

async function makePlan(tx: Tx, ledger: LedgerRow, wish: RevealWish, archived: Bodies): Promise<Plan> {
  const { purposes } = await readContentSettings(tx, ledger.id);
  const fault = purposeFault(purposes, wish.purpose, wish.note);
  if (fault === 'unknown') throw new RefusalError('enum', 'The purpose is not one of this ledger’s list.', '/purpose');
  if (fault === 'note_missing') throw new RefusalError('required', 'This purpose has to be told in own words too.', '/note');
  const { entries, nextAfter, conversationId } =
    wish.record_id === undefined
      ? await takeConversation(tx, ledger, wish, archived)
      : await takeRecord(tx, ledger, wish.record_id, archived);
  const all = await readParts(tx, ledger.id, entries);
  const parts = wish.parts === undefined ? all : all.filter((part) => wish.parts!.includes(part.index));
  if (wish.parts !== undefined && parts.length < new Set(wish.parts).size)
    throw new RefusalError('not_found', 'The record has no part at one of these places.', '/parts');
  const shreddings = await readShreddingsOf(tx, ledger.id, [...new Set(parts.flatMap((part) => part.shredding_id ?? []))]);
  return { entries, parts, shreddings, conversationId, nextAfter };
}

type Taken = Pick<Plan, 'entries' | 'nextAfter' | 'conversationId'>;

async function takeConversation(tx: Tx, ledger: LedgerRow, wish: RevealWish, archived: Bodies): Promise<Taken> {
  const id = wish.conversation_id!;
  if ((await readConversationRow(tx, ledger.id, id)) === null)
    throw new RefusalError('not_found', 'There is no such conversation in this ledger.', '/conversation_id');
  const found = await readConversationPositions(tx, ledger, id, BigInt(wish.after ?? '0'), REVEAL_RECORDS + 1);
  const taken = found.slice(0, REVEAL_RECORDS);
  const seqs = taken.map(({ seq }) => seq);
  const entries = await readWith(tx, ledger, seqs, archived);
  const nextAfter = found.length > REVEAL_RECORDS ? String(taken[taken.length - 1]!.conversation_seq) : null;
  return { entries, nextAfter, conversationId: id };
}

async function takeRecord(tx: Tx, ledger: LedgerRow, id: string, archived: Bodies): Promise<Taken> {
  const entry = await findEntry(tx, ledger, id, archived);
  if (entry === null) throw new RefusalError('not_found', 'There is no such record in this ledger.', '/record_id');
  return { entries: [entry], nextAfter: null, conversationId: entry.body?.conversation_id ?? null };
}

/** A reveal of one record stands under its conversation, where whoever looks at that finds it. */
function describe(wish: RevealWish, plan: Plan, breakGlass: string | null): AccessWhat {
  const subjects = [...subjectsOf(plan.entries)];
  const { conversationId } = plan;
  return {
    action: 'content_revealed',
    screen: SCREEN,
    resource: conversationId === null ? { type: 'record', id: wish.record_id! } : { type: 'conversation', id: conversationId },
    ...(subjects.length === 1 && { subjectId: subjects[0] }),
    purpose: wish.purpose,
    details: {
      parts: plan.parts.length,
      records: plan.entries.length,
      ...(wish.record_id !== undefined && { record: wish.record_id }),
      ...(wish.parts !== undefined && { indexes: wish.parts }),
      ...(wish.after !== undefined && { after: wish.after }),
      ...(subjects.length > 1 && { subjects }),
      ...(wish.note !== undefined && wish.note !== '' && { note: wish.note }),
      ...(breakGlass !== null && { break_glass: breakGlass }),
    },
  };
}

async function* openParts(ledger: LedgerRow, plan: Plan): AsyncGenerator<RevealLine> {
  let revealed = 0;
  const entries = new Map(plan.entries.map((entry) => [entry.id, entry]));
  const open = openerOf(ledger);
  for (const part of plan.parts) {
    const place = { record_id: part.record_id, seq: part.seq, part: part.part, index: part.index };
    const opened = await open(part, entries.get(part.record_id)!);
    if ('text' in opened) revealed++;
    if ('text' in opened) yield { ...place, ...(part.media_type !== null && { media_type: part.media_type }), text: opened.text };
    else yield { ...place, absent: opened.absent, why: opened.absent === 'shredded' ? sayShredded(plan, part) : opened.why };
  }
  yield { end: true, parts: plan.parts.length, revealed, next_after: plan.nextAfter };
}

function sayShredded({ shreddings }: Plan, part: PartDto): string {
  const done = shreddings.find(({ id }) => id === part.shredding_id);
  return done === undefined ? 'Its key was destroyed.' : `Shredded ${done.at} by ${done.requested_by} under ${done.authority}.`;
}

import 'server-only';
import { fillEntries } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { accessLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { readConversationPositions, readConversationRow } from '@/lib/ledger/read-conversations';
import { readConversationDecision, readWholeDecision } from '@/lib/ledger/read-decisions';
import { readEntries } from '@/lib/ledger/read-entries';
import { readGrants, readInForce, readViewers } from '@/lib/ledger/read-in-force';
import { registryInForce } from '@/lib/ledger/read-registry';
import { findConversationRun } from '@/lib/ledger/read-verifications';
import { readWords } from '@/lib/ledger/read-words';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { dayOf } from '@/lib/policy/retention-calendar';
import { RefusalError } from '@/lib/schema/errors';
import type { ConversationDto, ConversationRow, EntryDto, FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

const ENTRIES_PAGE = 500;
const MISSING_SHOWN = 100;
/** Of a conversation with gaps so many records are looked at for the numbers that they carry. */
const NUMBERED_MAX = 5_000;
const VIEWERS_SHOWN = 20;

/**
 * One conversation in its own order, with what was in force when it began and who else has opened it. `?after=` asks for the records that follow a
 * conversation_seq. @throws RefusalError not_found, also for a conversation of another ledger; format at /after
 */
export async function viewConversation(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ConversationDto> {
  const id = input.id ?? '';
  const asked = input.params?.get('after') || '0';
  if (!/^\d{1,18}$/.test(asked)) refuse('format', 'The cursor "after" is not a number within the conversation.', '/after');
  const after = BigInt(asked);
  const look = {
    permission: 'conversations.read',
    screen: '/conversations/[id]',
    resource: { type: 'conversation', id },
    details: after === 0n ? {} : { after },
  } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const summary = await boundedRead(async (tx) => {
      const found = await readConversationRow(tx, ledger.id, id);
      return found ?? refuse('not_found', 'There is no such conversation in this ledger.');
    });
    return readWhole(viewer, ledger, summary, after);
  });
}

/** Between two short transactions, what of the page is archived is fetched: a store may take its time. */
async function readWhole(viewer: Viewer, ledger: LedgerRow, summary: ConversationRow, after: bigint): Promise<ConversationDto> {
  const id = summary.conversation_id;
  const [first, last] = [BigInt(summary.first_seq), BigInt(summary.last_seq)];
  const { entries, next } = await readEntriesAfter(ledger, id, after);
  const whole = after === 0n && next === null;
  const missing = whole ? missingNumbers(entries) : summary.missing > 0 ? await findMissing(ledger, id) : [];
  const agent = summary.agent_name;
  const registry = await registryInForce(ledger.id);
  return boundedRead(async (tx) => ({
    summary,
    entries,
    next_after: next,
    missing_agent_seqs: missing,
    in_force_at_start: agent === null ? { prompt: null, model: null } : await readInForce(tx, ledger, agent, first),
    grants: agent === null ? [] : await readGrants(tx, ledger, agent, { first, last, startedAt: summary.first_at }),
    verification: await findConversationRun(tx, ledger, id),
    viewed_by: await readViewers(
      tx,
      await accessLedger(),
      { ledger: ledger.slug, conversationId: id, notBy: viewer.keyId === null ? viewer.person.email : `key:${viewer.keyId}` },
      VIEWERS_SHOWN,
    ),
    words: await readWords(tx, ledger, { conversationId: id }, entries, viewer.keyId === null ? viewer.person.id : null),
    retention: await readRetention(tx, ledger, registry, summary, entries, { whole, first: after === 0n }),
  }));
}

/** Decided from the records of the page where that is all of them; of a longer one, from a bounded part of what is in the database. */
async function readRetention(
  tx: Tx,
  ledger: LedgerRow,
  registry: RegistryIndex,
  summary: ConversationRow,
  entries: readonly EntryDto[],
  page: { whole: boolean; first: boolean },
): Promise<ConversationDto['retention']> {
  const today = dayOf(Date.now());
  if (page.whole) return readWholeDecision(tx, ledger, registry, summary, entries, today);
  if (!page.first) return null;
  try {
    return await readConversationDecision(tx, ledger, registry, summary.conversation_id, today);
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

/** A page of a conversation in its own order. `next`: the number within it to go on behind, null at its end. */
async function readEntriesAfter(ledger: LedgerRow, id: string, after: bigint): Promise<{ entries: EntryDto[]; next: string | null }> {
  const { entries, next } = await boundedRead(async (tx) => {
    const found = await readConversationPositions(tx, ledger, id, after, ENTRIES_PAGE + 1);
    const shown = found.slice(0, ENTRIES_PAGE);
    const seqs = shown.map(({ seq }) => seq);
    return {
      entries: await readEntries(tx, ledger.id, seqs),
      next: found.length > ENTRIES_PAGE ? String(shown[shown.length - 1]!.conversation_seq) : null,
    };
  });
  return { entries: await fillEntries(ledger, entries), next };
}

/** The sender's numbers run from 1 to the highest that arrived; these of them did not. */
export function missingNumbers(entries: readonly EntryDto[]): number[] {
  const have = new Set<number>();
  for (const { body } of entries) if (body?.agent_seq !== undefined) have.add(body.agent_seq);
  const top = Math.max(0, ...have);
  const missing: number[] = [];
  for (let number = 1; number < top && missing.length < MISSING_SHOWN; number++) if (!have.has(number)) missing.push(number);
  return missing;
}

async function findMissing(ledger: LedgerRow, conversationId: string): Promise<number[]> {
  const entries: EntryDto[] = [];
  for (let after: string | null = '0'; after !== null && entries.length < NUMBERED_MAX; ) {
    const page = await readEntriesAfter(ledger, conversationId, BigInt(after));
    entries.push(...page.entries);
    after = page.next;
  }
  return missingNumbers(entries);
}

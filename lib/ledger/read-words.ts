import 'server-only';
import type { EntryDto } from '@/lib/schema/screens';
import type { PartDto, RevealedDto, WordsDto, WordsScope } from '@/lib/schema/words';
import type { Tx } from './bounded-read';
import { accessLedger, type LedgerRow } from './find-ledger';
import { findOpenBreakGlass } from './read-break-glass';
import { readContentSettings } from './read-content-settings';
import { readEntries } from './read-entries';
import { holdsOn, inScope, readShreddingsOf } from './read-holds';
import { readReleasedHolds } from './read-released-holds';
import { searchRecords } from './search-records';
import { walkPositions } from './walk-positions';

const REVEALS_SHOWN = 50;
const CONVERSATIONS_NAMED = 50;
/** Bytes that AES-256-GCM adds to what it seals: its tag. */
const TAG_BYTES = 16;

/** What a body commits to (format, section 6); of a forged body only what can be read as that. */
export interface Commitment {
  part: string;
  index: number;
  length: number;
  media_type: string | null;
  key_id: string;
}

const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function commitmentsOf(body: EntryDto['body']): Commitment[] {
  const content: unknown = body?.content;
  if (!Array.isArray(content)) return [];
  return content.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { part, index, length, media_type, key_id } = one as Record<string, unknown>;
    if (typeof part !== 'string' || typeof length !== 'number' || typeof key_id !== 'string' || !KEY_ID.test(key_id)) return [];
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 32_767) return [];
    return [{ part, index, length, media_type: typeof media_type === 'string' ? media_type : null, key_id }];
  });
}

/** The parts of these entries, and whether they can still be opened; two reads by key. */
export async function readParts(tx: Tx, ledgerId: number, entries: readonly EntryDto[]): Promise<PartDto[]> {
  const named = entries.flatMap((entry) => commitmentsOf(entry.body).map((commitment) => ({ entry, commitment })));
  if (named.length === 0) return [];
  const keys = await tx.$queryRaw<{ id: string; shredded: boolean; shredding_id: string | null }[]>`
    SELECT id, shredded_at IS NOT NULL AS shredded, shredding_id FROM content_keys
     WHERE ledger_id = ${ledgerId} AND id = ANY (${[...new Set(named.map(({ commitment }) => commitment.key_id))]}::uuid[])`;
  const rows = await tx.$queryRaw<{ record_id: string; part_index: number }[]>`
    SELECT record_id, part_index FROM content_parts
     WHERE ledger_id = ${ledgerId} AND record_id = ANY (${[...new Set(named.map(({ entry }) => entry.id))]}::uuid[])`;
  const keyOf = new Map(keys.map((key) => [key.id, key]));
  const there = new Set(rows.map((row) => `${row.record_id} ${row.part_index}`));
  return named.map(({ entry, commitment: { key_id, ...part } }) => {
    const key = keyOf.get(key_id);
    const state = key?.shredded ? 'shredded' : key !== undefined && there.has(`${entry.id} ${part.index}`) ? 'sealed' : 'missing';
    return { record_id: entry.id, seq: entry.seq, ...part, state, shredding_id: state === 'shredded' ? key!.shredding_id : null };
  });
}

/** Whose words are looked at: a conversation's, or those of a record that belongs to none. */
export type WordsOf = { conversationId: string; recordId?: string } | { conversationId: null; recordId: string };

/**
 * What is known of the words of these entries, for a page of a conversation or for one record.
 * @param by users' id of the one who asks; null for a key
 */
export async function readWords(
  tx: Tx,
  ledger: LedgerRow,
  of: WordsOf,
  entries: readonly EntryDto[],
  by: string | null,
): Promise<WordsDto> {
  const parts = await readParts(tx, ledger.id, entries);
  const { conversationId } = of;
  const revealed = await readReveals(tx, await accessLedger(), ledger.slug, of, REVEALS_SHOWN);
  const open = by === null || conversationId === null ? null : await findOpenBreakGlass(tx, ledger, by, conversationId);
  const shreddings = [...new Set(parts.flatMap((part) => part.shredding_id ?? []))];
  const subjects = subjectsOf(entries);
  if (conversationId !== null) {
    const keys = await tx.$queryRaw<{ subject_id: string }[]>`
      SELECT DISTINCT subject_id FROM content_keys WHERE ledger_id = ${ledger.id} AND conversation_id = ${conversationId} AND subject_id <> ''`;
    for (const key of keys) subjects.add(key.subject_id);
  }
  return {
    parts,
    reveals: revealed.rows,
    reveals_complete: revealed.complete,
    shreddings: await readShreddingsOf(tx, ledger.id, shreddings),
    ...(await holdsOn(tx, ledger.id, { conversationId, seqs: entries.map(({ seq }) => seq), subjects: [...subjects] })),
    released_holds: await readReleasedHolds(tx, ledger.id, { conversationId, entries, subjects: [...subjects] }),
    purposes: (await readContentSettings(tx, ledger.id)).purposes,
    break_glass_until: open?.expires_at.toISOString() ?? null,
  };
}

export function subjectsOf(entries: readonly EntryDto[]): Set<string> {
  return new Set(entries.flatMap((entry) => entry.body?.subject_id ?? []));
}

/**
 * Who was shown the words, newest first, out of the access ledger by its indexes. A reveal of one record stands under its conversation too, so that one
 * search finds both.
 */
export async function readReveals(
  tx: Tx,
  access: LedgerRow,
  slug: string,
  of: WordsOf,
  wanted: number,
): Promise<{ rows: RevealedDto[]; complete: boolean }> {
  const resource = of.conversationId === null ? { type: 'record', id: of.recordId } : { type: 'conversation', id: of.conversationId };
  const filter = { action: 'content_revealed', resource_type: resource.type, resource_id: resource.id } as const;
  const looked = wanted * 4;
  const { seqs, done } = await walkPositions(tx, searchRecords(access, filter), { low: 0n, high: 2n ** 62n, older: true }, looked);
  const entries = await readEntries(tx, access.id, seqs);
  const rows = entries.flatMap((entry) => {
    const { body } = entry;
    // Another ledger may have a conversation of the same name.
    if (body === null || body.details?.ledger !== slug) return [];
    const word = (name: string): string | null => {
      const value = body.details?.[name];
      return typeof value === 'string' ? value : null;
    };
    const recordId = word('record');
    if (of.conversationId !== null && of.recordId !== undefined && recordId !== null && recordId !== of.recordId) return [];
    const count = body.details?.parts;
    return [
      {
        seq: entry.seq,
        by: body.actor_id,
        at: body.timestamp,
        purpose: body.purpose ?? null,
        note: word('note'),
        record_id: recordId,
        parts: typeof count === 'number' ? count : 0,
        break_glass: word('break_glass'),
        export: word('export'),
      },
    ];
  });
  return { rows: rows.slice(0, wanted), complete: done && rows.length <= wanted };
}

export type Counted = {
  /** Whether anything is, or ever was, kept under that name. */
  known: boolean;
  keys: number;
  parts: number;
  bytes: number;
  conversations: number;
  first_conversations: string[];
};

/** What a shredding of that scope would destroy. */
export async function countScope(tx: Tx, ledgerId: number, scope: WordsScope): Promise<Counted> {
  const [row] = await tx.$queryRaw<{ known: boolean; keys: number; conversations: number; names: string[] | null }[]>`
    SELECT count(*) > 0 AS known, (count(*) FILTER (WHERE shredded_at IS NULL))::int AS keys,
           (count(DISTINCT conversation_id) FILTER (WHERE shredded_at IS NULL AND conversation_id <> ''))::int AS conversations,
           (array_agg(DISTINCT conversation_id) FILTER (WHERE shredded_at IS NULL AND conversation_id <> ''))[1:${CONVERSATIONS_NAMED}::int] AS names
      FROM content_keys WHERE ${inScope(ledgerId, scope)}`;
  // The length of a ciphertext is read without it.
  const [sealed] = await tx.$queryRaw<{ parts: bigint; bytes: bigint | null }[]>`
    SELECT count(*) AS parts, sum(octet_length(p.ciphertext) - ${TAG_BYTES}::int)::bigint AS bytes
      FROM (SELECT ledger_id, id FROM content_keys WHERE ${inScope(ledgerId, scope)} AND shredded_at IS NULL) k
      JOIN content_parts p ON p.ledger_id = k.ledger_id AND p.key_id = k.id`;
  const known = row!.known || (scope.kind === 'conversation' && (await isConversation(tx, ledgerId, scope.value)));
  return {
    known,
    keys: row!.keys,
    parts: Number(sealed!.parts),
    bytes: Number(sealed!.bytes ?? 0n),
    conversations: row!.conversations,
    first_conversations: row!.names ?? [],
  };
}

async function isConversation(tx: Tx, ledgerId: number, id: string): Promise<boolean> {
  return (await tx.conversation.count({ where: { ledger_id: ledgerId, conversation_id: id } })) > 0;
}

import 'server-only';
import { MOST_PARTS, MOST_RECORDS_AND_PARTS } from '@/lib/chain/bundle-format';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readShreddingsOf } from '@/lib/ledger/read-holds';
import { RefusalError } from '@/lib/schema/errors';
import type { ShreddingDto } from '@/lib/schema/words';

/** Entries of one read. */
const STEP = 5_000;
/** Words of one bundle, in bytes of UTF-8: the beginning of each is held for the reports, and all of them for the table. */
const MOST_WORD_BYTES = 32 * 1024 * 1024;
/** Conversations, and records without one, of whose words one bundle holds any: each is an entry of the access ledger. */
const MOST_OWNERS = 500;

/** A data key, and what of all that it sealed lies in a scope. */
export interface KeyPlan {
  id: string;
  conversationId: string | null;
  /** Where there is no conversation. */
  recordId: string | null;
  subjectId: string | null;
  records: number;
  parts: number;
  bytes: number;
  /** whole: it sealed nothing but what is in the scope, so that it can be given out with it. */
  state: 'whole' | 'partial' | 'shredded';
  shredding: ShreddingDto | null;
}

export interface WordsPlan {
  keys: KeyPlan[];
  records: number;
}

export type Tally = { parts: number; bytes: number; left_out: number; shredded: number };

/**
 * The data keys under which words of these entries are sealed. A key opens whatever it sealed, for whoever holds it: it belongs into a bundle only together with all of that.
 * @param seqs positions, ascending
 */
export async function planWords(ledger: LedgerRow, seqs: readonly bigint[], signal?: AbortSignal): Promise<WordsPlan> {
  const counted = new Map<string, { records: number; parts: number; bytes: number }>();
  for (let at = 0; at < seqs.length; at += STEP) {
    signal?.throwIfAborted();
    // The length of a ciphertext is read without it.
    const { rows } = await pool('verification').query<{ key_id: string; records: number; parts: number; bytes: string }>(
      `SELECT p.key_id, count(DISTINCT p.record_id)::int AS records, count(*)::int AS parts, sum(octet_length(p.ciphertext) - 16)::bigint AS bytes
         FROM unnest($2::bigint[]) s (seq) JOIN entries e ON e.ledger_id = $1 AND e.seq = s.seq
         JOIN content_parts p ON p.ledger_id = e.ledger_id AND p.record_id = e.id GROUP BY p.key_id`,
      [ledger.id, seqs.slice(at, at + STEP).map(String)],
    );
    for (const { key_id: id, records, parts, bytes } of rows) {
      const known = counted.get(id) ?? { records: 0, parts: 0, bytes: 0 };
      counted.set(id, { records: known.records + records, parts: known.parts + parts, bytes: known.bytes + Number(bytes) });
    }
  }
  return { keys: await judgeKeys(ledger, counted), records: seqs.length };
}

async function judgeKeys(
  ledger: LedgerRow,
  counted: ReadonlyMap<string, { records: number; parts: number; bytes: number }>,
): Promise<KeyPlan[]> {
  const { rows } = await pool('verification').query<{
    id: string;
    conversation_id: string;
    record_id: string | null;
    subject_id: string;
    shredded: boolean;
    shredding_id: string | null;
    total: number;
  }>(
    `SELECT k.id, k.conversation_id, k.record_id, k.subject_id, k.shredded_at IS NOT NULL AS shredded, k.shredding_id,
            (SELECT count(*)::int FROM content_parts p WHERE p.ledger_id = k.ledger_id AND p.key_id = k.id) AS total
       FROM content_keys k WHERE k.ledger_id = $1 AND k.id = ANY ($2::uuid[]) ORDER BY k.id`,
    [ledger.id, [...counted.keys()]],
  );
  const shreddings = await boundedRead((tx) =>
    readShreddingsOf(tx, ledger.id, [...new Set(rows.flatMap((row) => row.shredding_id ?? []))]),
  );
  return rows.map((row) => {
    const inScope = counted.get(row.id)!;
    return {
      id: row.id,
      conversationId: row.conversation_id === '' ? null : row.conversation_id,
      recordId: row.record_id,
      subjectId: row.subject_id === '' ? null : row.subject_id,
      ...inScope,
      state: row.shredded ? 'shredded' : row.total === inScope.parts ? 'whole' : 'partial',
      shredding: shreddings.find(({ id }) => id === row.shredding_id) ?? null,
    };
  });
}

/** How many parts would be in a bundle, and how many not. */
export function tally({ keys }: WordsPlan): Tally {
  const sum = (state: KeyPlan['state'], of: 'parts' | 'bytes') =>
    keys.filter((key) => key.state === state).reduce((all, key) => all + key[of], 0);
  return {
    parts: sum('whole', 'parts'),
    bytes: sum('whole', 'bytes'),
    left_out: sum('partial', 'parts'),
    shredded: sum('shredded', 'parts'),
  };
}

/** Why no bundle can be made with these words; null where one can. */
export function wordsRefusal(plan: WordsPlan): string | null {
  const { parts, bytes, left_out: leftOut, shredded } = tally(plan);
  if (parts === 0 && leftOut > 0)
    return 'The key to the words of a conversation opens all of it, so that they are given out whole or not at all, and this holds only some of its records. Export the whole conversation, or leave the words out.';
  if (parts === 0)
    return shredded > 0
      ? 'The words of these records were shredded: there are none to put in.'
      : 'These records have no words that could be put in.';
  if (bytes > MOST_WORD_BYTES)
    return `The words of a bundle have at most ${MOST_WORD_BYTES / 1024 / 1024} MiB together; choose less, and make several.`;
  if (parts > MOST_PARTS || plan.records + parts > MOST_RECORDS_AND_PARTS)
    return `A bundle with words holds at most ${MOST_PARTS.toLocaleString('en')} parts, and ${MOST_RECORDS_AND_PARTS.toLocaleString('en')} records and parts together; choose less, and make several.`;
  if (ownersOf(plan.keys).size > MOST_OWNERS)
    return `A bundle holds the words of at most ${MOST_OWNERS} conversations; choose less, and make several.`;
  return null;
}

/** @throws RefusalError out_of_range */
export function assertWords(plan: WordsPlan): void {
  const refusal = wordsRefusal(plan);
  if (refusal !== null) throw new RefusalError('out_of_range', refusal, '/content');
}

export interface WordsOwner {
  resource: { type: 'conversation' | 'record'; id: string };
  subjects: string[];
  records: number;
  parts: number;
}

/** Whose words the keys that are whole open: a conversation's, or a record's that is in none. */
export function ownersOf(keys: readonly KeyPlan[]): Map<string, WordsOwner> {
  const owners = new Map<string, WordsOwner>();
  for (const key of keys) {
    if (key.state !== 'whole') continue;
    const resource =
      key.conversationId === null
        ? ({ type: 'record', id: key.recordId ?? '' } as const)
        : ({ type: 'conversation', id: key.conversationId } as const);
    const name = `${resource.type} ${resource.id}`;
    const known: WordsOwner = owners.get(name) ?? { resource, subjects: [], records: 0, parts: 0 };
    if (key.subjectId !== null && !known.subjects.includes(key.subjectId)) known.subjects.push(key.subjectId);
    owners.set(name, { ...known, records: known.records + key.records, parts: known.parts + key.parts });
  }
  return owners;
}

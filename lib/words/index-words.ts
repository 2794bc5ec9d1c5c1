import 'server-only';
import { fillEntries } from '@/lib/archive/read-archived';
import { pool } from '@/lib/db';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { readEntries, readHead } from '@/lib/ledger/read-entries';
import { readIndexed } from '@/lib/ledger/read-word-index';
import { commitmentsOf, readParts } from '@/lib/ledger/read-words';
import { log } from '@/lib/log';
import type { EntryDto } from '@/lib/schema/screens';
import { tokensOf } from '@/lib/schema/search-query';
import type { PartDto } from '@/lib/schema/words';
import { wordTokens } from '@/lib/vault/blind-index';
import { openerOf } from './open-stored';

/** Entries of which a step asks whether they have words, records with words that it opens, and tokens that it writes at once. */
const STEP = { entries: 5_000, records: 50, tokens: 50_000 };
const DROPPED_AT_ONCE = 20_000;

/**
 * caught_up: nothing is left to do for now; more: there is; waiting: the vault does not answer, or another process is at it; archive: what follows is in the archive,
 * and cannot be had from it.
 */
export type IndexStep = 'caught_up' | 'more' | 'waiting' | 'archive';

/**
 * One step of a ledger's index of words: of what has come since the last one, or, where it was switched off, of taking out what it had. Bodies that have left the database
 * are fetched: they say what was sealed, and under which key. What cannot be opened because it was shredded or altered is passed over; where the vault or the archive
 * does not answer, it waits, and where the archive holds something else too: what the index says it knows of, is in it.
 */
export async function indexStep(ledger: LedgerRow, step = STEP): Promise<IndexStep> {
  const plan = await boundedRead((tx) => readPlan(tx, ledger, step));
  if (plan === 'off') return (await ask<boolean>('SELECT drop_words($1, $2) AS said', [ledger.id, DROPPED_AT_ONCE])) ? 'caught_up' : 'more';
  if (plan === null) return 'caught_up';
  const { from } = plan;
  const { entries, stopped } = await fillWhole(ledger, plan.entries);
  // Asked for after the archive has answered: what was destroyed meanwhile has none.
  const parts = await boundedRead((tx) => readParts(tx, ledger.id, entries));
  const open = openerOf(ledger);
  const found = { tokens: [] as Buffer[], seqs: [] as string[], keys: [] as string[] };
  let reached = stopped === null ? plan.to : stopped - 1n;
  if (reached <= from) return 'archive';
  for (const entry of entries) {
    // A record with very many words is written by itself, and what follows it in the next step.
    if (found.tokens.length > step.tokens) {
      reached = BigInt(entry.seq) - 1n;
      break;
    }
    const words = await wordsOf(
      entry,
      parts.filter((part) => part.record_id === entry.id),
      open,
    );
    if (words === null) return 'waiting';
    for (const [key, said] of words) {
      for (const token of (await wordTokens(ledger.id, said)).values()) {
        found.tokens.push(token);
        found.seqs.push(entry.seq);
        found.keys.push(key);
      }
    }
  }
  const written = await ask<boolean>('SELECT index_words($1, $2, $3, $4::bytea[], $5::bigint[], $6::uuid[]) AS said', [
    ledger.id,
    String(from),
    String(reached),
    found.tokens,
    found.seqs,
    found.keys,
  ]);
  if (!written) return 'waiting';
  return stopped !== null && reached === stopped - 1n ? 'archive' : reached < plan.head ? 'more' : 'caught_up';
}

async function ask<T>(sql: string, values: unknown[]): Promise<T> {
  return (await pool('verification').query<{ said: T }>(sql, values)).rows[0]!.said;
}

interface Plan {
  from: bigint;
  to: bigint;
  head: bigint;
  entries: EntryDto[];
}

/**
 * These entries with the bodies that are in the archive, up to the first that cannot be had from it: that is `stopped`, and said. One that was destroyed has no words any
 * more, and one that is nowhere is what a verification tells: neither keeps what follows from being indexed.
 */
async function fillWhole(ledger: LedgerRow, entries: readonly EntryDto[]): Promise<{ entries: EntryDto[]; stopped: bigint | null }> {
  const filled = await fillEntries(ledger, entries);
  const at = filled.findIndex(({ body, archived }) => body === null && archived !== undefined);
  if (at < 0) return { entries: filled, stopped: null };
  const { seq, archived } = filled[at]!;
  log.warn(
    { ledger: ledger.slug, seq, segment: archived!.segment, why: archived!.say },
    'words are indexed up to here: what follows cannot be had from the archive; tried again later',
  );
  return { entries: filled.slice(0, at), stopped: BigInt(seq) };
}

/** 'off' where no index is kept; null where it knows everything. */
async function readPlan(tx: Tx, ledger: LedgerRow, step: typeof STEP): Promise<Plan | 'off' | null> {
  if (!(await readContentSettings(tx, ledger.id)).blind_index) return 'off';
  const head = (await readHead(tx, ledger.id))?.seq ?? -1n;
  const from = (await readIndexed(tx, ledger.id)) ?? -1n;
  if (from >= head) return null;
  const end = from + BigInt(step.entries) < head ? from + BigInt(step.entries) : head;
  const rows = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT e.seq FROM entries e WHERE e.ledger_id = ${ledger.id} AND e.seq > ${from} AND e.seq <= ${end}
       AND (SELECT true FROM content_parts p WHERE p.ledger_id = e.ledger_id AND p.record_id = e.id LIMIT 1) IS TRUE
     ORDER BY e.seq LIMIT ${step.records}`;
  const entries = await readEntries(
    tx,
    ledger.id,
    rows.map(({ seq }) => seq),
  );
  entries.sort((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? -1 : 1));
  const to = rows.length < step.records ? end : rows[rows.length - 1]!.seq;
  return { from, to, head, entries };
}

/** The words of a record by the key that they are sealed under; null where the vault does not answer. */
async function wordsOf(
  entry: EntryDto,
  parts: readonly PartDto[],
  open: ReturnType<typeof openerOf>,
): Promise<Map<string, Set<string>> | null> {
  const keyOf = new Map(commitmentsOf(entry.body).map(({ index, key_id }) => [index, key_id]));
  const words = new Map<string, Set<string>>();
  for (const part of parts) {
    const opened = await open(part, entry);
    if ('again' in opened) return null;
    const key = keyOf.get(part.index);
    if (!('text' in opened) || key === undefined) continue;
    const said = words.get(key) ?? new Set<string>();
    for (const word of tokensOf(opened.text)) said.add(word);
    words.set(key, said);
  }
  return words;
}

/** First key of the advisory lock; the second is the ledger. */
const INDEX_LOCK = 1212566607;

/** Steps of one ledger until it has caught up, is told to stop, or has to wait; none where another process is at it. @returns what the last step came to */
export async function indexLedger(ledger: LedgerRow, signal: AbortSignal): Promise<IndexStep> {
  let last: IndexStep = 'waiting';
  const client = await pool('verification').connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', [INDEX_LOCK, ledger.id]);
    if (!rows[0]!.held) return last;
    try {
      do last = signal.aborted ? last : await indexStep(ledger);
      while (!signal.aborted && last === 'more');
    } finally {
      await client.query('SELECT pg_advisory_unlock($1, $2)', [INDEX_LOCK, ledger.id]);
    }
  } catch (error) {
    broken = error as Error;
    log.warn({ err: error, ledger: ledger.slug }, 'words are indexed later');
  } finally {
    client.release(broken);
  }
  return last;
}

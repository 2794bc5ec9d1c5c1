import 'server-only';
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { pool } from '@/lib/db';
import { VaultError } from './key-encryption';
import { openVault, unwrapWith } from './open-vault';

/** Whose words a data key seals: a conversation's (or, where there is none, a record's), and of those what is about one person. */
export interface KeyScope {
  ledgerId: number;
  conversationId: string | null;
  /** Counts only without a conversation. */
  recordId: string;
  subjectId: string | null;
}

export interface DataKey {
  id: string;
  key: Buffer;
  /** HMAC-SHA256(key, "commit"): binds a commitment to one key, which GCM alone does not. */
  commitment: Buffer;
}

interface Row {
  id: string;
  kek_id: string | null;
  wrapped: Buffer | null;
  commitment: Buffer;
}

const KEY_BYTES = 32;
/** Unwrapped keys in memory: bounded in number, and in time, so that one destroyed elsewhere is soon forgotten here too. */
const MOST_CACHED = 2_000;
const CACHED_MS = 5 * 60_000;
const SWEEP_MS = 60_000;
type Cache = Map<string, { made: Promise<DataKey>; until: number }>;
const holder = globalThis as typeof globalThis & { __holdfastDataKeys?: Cache };

/** One for pages and listener alike, swept, so that no key outlives its time in a process that has nothing to seal. */
function makeCache(): Cache {
  const made: Cache = new Map();
  setInterval(() => {
    for (const [name, { until }] of made) if (until <= Date.now()) made.delete(name);
  }, SWEEP_MS).unref();
  return made;
}
holder.__holdfastDataKeys ??= makeCache();
const cache = holder.__holdfastDataKeys;

const nameOf = ({ ledgerId, conversationId, recordId, subjectId }: KeyScope): string =>
  JSON.stringify([ledgerId, conversationId, conversationId === null ? recordId : null, subjectId]);

/**
 * The live data key of a scope, made and durably kept where there is none: who seals with it can always open it again.
 * @throws VaultError unavailable
 */
export function dataKeyFor(scope: KeyScope): Promise<DataKey> {
  const name = nameOf(scope);
  const found = cache.get(name);
  if (found !== undefined && found.until > Date.now()) return found.made;
  const made = findOrMake(scope);
  cache.delete(name);
  cache.set(name, { made, until: Date.now() + CACHED_MS });
  if (cache.size > MOST_CACHED) cache.delete(cache.keys().next().value!);
  made.catch(() => {
    if (cache.get(name)?.made === made) cache.delete(name);
  });
  return made;
}

/** After a key was found to be destroyed, or given out: the next seal takes, or makes, another. */
export function forgetDataKeys(scopes: readonly KeyScope[]): void {
  for (const scope of scopes) cache.delete(nameOf(scope));
}

export function forgetAllDataKeys(): void {
  cache.clear();
}

async function findOrMake(scope: KeyScope): Promise<DataKey> {
  const { ledgerId, conversationId, recordId, subjectId } = scope;
  const vault = openVault();
  const [there] = await query<Row>(
    `SELECT id, kek_id, wrapped, commitment FROM content_keys
      WHERE ledger_id = $1 AND subject_id = $4 AND shredded_at IS NULL AND retired_at IS NULL
        AND CASE WHEN $2::text IS NULL THEN conversation_id = '' AND record_id = $3::uuid ELSE conversation_id = $2 AND conversation_id <> '' END`,
    [ledgerId, conversationId, recordId, subjectId ?? ''],
  );
  if (there !== undefined) return unwrapped(ledgerId, there);
  const id = randomUUID();
  const { secret: key, wrapped } = await vault.current.make(contextOf(ledgerId, id));
  const [kept] = await query<Row | { id: null }>('SELECT * FROM keep_content_key($1, $2, $3, $4, $5, $6, $7, $8)', [
    ledgerId,
    id,
    conversationId ?? '',
    conversationId === null ? recordId : null,
    subjectId ?? '',
    vault.current.id,
    wrapped,
    commitmentOf(key),
  ]);
  // Somebody else's was there, and was destroyed before it could be read.
  if (kept!.id === null) return findOrMake(scope);
  return kept!.id === id ? { id, key, commitment: commitmentOf(key) } : unwrapped(ledgerId, kept!);
}

/**
 * The data key of that id, read anew each time: what was destroyed a moment ago is not opened.
 * @throws VaultError shredded; unreadable: unknown, or not the key that the commitment names; unavailable
 */
export async function openDataKey(ledgerId: number, id: string): Promise<DataKey> {
  const [row] = await query<Row>('SELECT id, kek_id, wrapped, commitment FROM content_keys WHERE ledger_id = $1 AND id = $2', [
    ledgerId,
    id,
  ]);
  if (row === undefined) throw new VaultError('unreadable', 'there is no such data key');
  return unwrapped(ledgerId, row);
}

async function unwrapped(ledgerId: number, { id, kek_id: kek, wrapped, commitment }: Row): Promise<DataKey> {
  if (wrapped === null || kek === null) throw new VaultError('shredded', 'the data key was destroyed');
  const key = await unwrapWith(kek, wrapped, contextOf(ledgerId, id));
  if (key.length !== KEY_BYTES || !timingSafeEqual(commitmentOf(key), commitment))
    throw new VaultError('unreadable', 'the data key is not the one that was committed to');
  return { id, key, commitment };
}

function contextOf(ledgerId: number, key: string) {
  return { ledger: String(ledgerId), key };
}

export function commitmentOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('commit').digest();
}

async function query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
  try {
    return (await pool('ingest').query<R>(text, values)).rows;
  } catch (cause) {
    throw new VaultError('unavailable', 'the database that holds the data keys cannot be reached', { cause });
  }
}

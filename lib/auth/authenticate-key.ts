import 'server-only';
import { hash } from 'node:crypto';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { isWellFormedKey } from './api-key-format';
import { requestContext } from './request-context';

export interface KeyIdentity {
  keyId: string;
  ledgerId: number;
  kind: 'ingest' | 'read';
  name: string;
  /** Agents that an ingest key may write as. */
  agentNames: string[];
  /** Whether an ingest key may write `actor_type: user`. */
  mayWriteUser: boolean;
}

interface Known {
  /** null: unknown or revoked. */
  key: (KeyIdentity & { expiresAt: number | null }) | null;
  readAt: number;
}

/** A revocation made by another process counts after this long at the latest; in this process at once. */
const FRESH_MS = 5_000;
const USED_MS = 60_000;
const MOST = 10_000;

const holder = globalThis as typeof globalThis & {
  __holdfastKeys?: { known: Map<string, Known>; asking: Map<string, Promise<Known>>; used: Map<string, number> };
};
holder.__holdfastKeys ??= { known: new Map(), asking: new Map(), used: new Map() };
const { known, asking, used } = holder.__holdfastKeys;
let forgotten = 0;

/**
 * Who holds the key of an Authorization header. Costs one hash while the key is fresh in memory, so that ingest can ask for every request.
 * @param header exactly one header's value: `Bearer hf_…`.
 * @returns null for anything that is no good key; which of malformed, unknown, revoked and expired it was is not told.
 * @throws RefusalError store_busy where the database cannot be asked.
 */
export async function authenticateKey(header: string | null | undefined, now: number = Date.now()): Promise<KeyIdentity | null> {
  const secret = /^Bearer +(hf_[!-~]{1,100})$/i.exec(header ?? '')?.[1];
  if (secret === undefined) return null;
  const digest = hash('sha256', secret, 'hex');
  let entry = known.get(digest);
  if (entry === undefined || now - entry.readAt >= FRESH_MS) {
    // A typing error is told from a secret by its checksum: no guess reaches the database.
    if (!isWellFormedKey(secret)) return null;
    entry = await ask(digest, now);
  }
  const { key } = entry;
  if (key === null || (key.expiresAt !== null && now >= key.expiresAt)) return null;
  if (now - (used.get(key.keyId) ?? 0) >= USED_MS) noteUse(key.keyId, now);
  return key;
}

/** After a revocation in this process; an answer that is on its way from before it is not remembered either. */
export function forgetKey(keyId: string): void {
  forgotten++;
  for (const [digest, entry] of known) if (entry.key?.keyId === keyId) known.delete(digest);
}

/**
 * The request's Authorization, undefined where none was sent and null where several were: then it is not clear which one another program on the way
 * has judged. Node keeps the first of several and drops the others without a word, so that the raw list is asked where there is one.
 */
export function soleAuthorization(headers: Headers): string | null | undefined {
  const raw = requestContext.getStore()?.response.req.rawHeaders;
  if (raw !== undefined && countAuthorization(raw) > 1) return null;
  return headers.get('authorization') ?? undefined;
}

/** @param raw names and values in turn, as `IncomingMessage.rawHeaders`. */
export function countAuthorization(raw: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < raw.length; i += 2) if (raw[i]!.toLowerCase() === 'authorization') count++;
  return count;
}

/** One question to the database a key, however many requests wait for it. */
function ask(digest: string, now: number): Promise<Known> {
  let answer = asking.get(digest);
  if (answer === undefined) {
    answer = look(digest, now).finally(() => asking.delete(digest));
    asking.set(digest, answer);
  }
  return answer;
}

async function look(digest: string, now: number): Promise<Known> {
  const before = forgotten;
  // On the connections of ingest: a slow screen must not keep records waiting for their key.
  const { rows } = await pool('ingest')
    .query(
      `SELECT id, ledger_id, kind, name, agent_names, may_write_user, expires_at FROM api_keys
        WHERE secret_hash = decode($1, 'hex') AND revoked_at IS NULL`,
      [digest],
    )
    .catch((cause: Error) => {
      log.warn({ err: cause }, 'a key could not be checked');
      throw new RefusalError('store_busy', 'The key could not be checked; nothing was done.');
    });
  const row = rows[0];
  const entry: Known = {
    readAt: now,
    key:
      row === undefined
        ? null
        : {
            keyId: row.id,
            ledgerId: row.ledger_id,
            kind: row.kind,
            name: row.name,
            agentNames: row.agent_names,
            mayWriteUser: row.may_write_user,
            expiresAt: row.expires_at?.getTime() ?? null,
          },
  };
  if (known.size >= MOST) known.clear();
  if (forgotten === before) known.set(digest, entry);
  return entry;
}

/** Beside the request, never before it: when a key was last used is worth no waiting. */
function noteUse(keyId: string, now: number): void {
  used.set(keyId, now);
  pool('ingest')
    .query('UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)', [keyId, new Date(now)])
    .catch((error: Error) => log.warn({ err: error, key_id: keyId }, 'the use of a key could not be noted'));
}

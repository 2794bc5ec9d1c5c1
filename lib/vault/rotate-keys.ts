import 'server-only';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { isVaultError, type KeyContext, type KeyEncryption, VaultError } from './key-encryption';
import { openVault } from './open-vault';

/** Keys of one step: it is over in well under a second with a file, in a few with a key service. */
const STEP = 200;
/** Calls to a key service at a time. */
const SIDE_BY_SIDE = 8;
/** One process rotates; the others see that it does. */
const ROTATION_LOCK = 1212566605;
/** A key that was made under the old one while the walk passed by is found by the next walk. */
const WALKS = 5;

export interface Rotation {
  id: string;
  to_kek: string;
  started_by: string;
  started_at: Date;
  done: bigint;
  total: bigint;
  finished_at: Date | null;
  last_error: string | null;
}

export type RotationStep = 'none' | 'elsewhere' | 'waiting' | 'finished';

/**
 * Wraps with the current key what older ones wrapped, as far as it gets: the data themselves are not touched, and everything can be sealed and opened
 * meanwhile. What was done stays done: it goes on from there whenever it is called again, in whatever process.
 * @returns none: nobody asked for it; elsewhere: another process is at it; waiting: it was stopped, or a key does not answer (the row says which)
 */
export async function continueRotation(signal: AbortSignal, onProgress?: (rotation: Rotation) => void): Promise<RotationStep> {
  const client = await pool('verification').connect();
  let broken: Error | undefined;
  try {
    const rotation = await openRotation(client);
    if (rotation === null) return 'none';
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [ROTATION_LOCK]);
    if (!rows[0]!.held) return 'elsewhere';
    try {
      return await rewrapAll(client, rotation, signal, onProgress);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [ROTATION_LOCK]);
    }
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

export async function openRotation(client: Pick<pg.ClientBase, 'query'>): Promise<Rotation | null> {
  return (await client.query<Rotation>(`SELECT ${COLUMNS} FROM key_rotations WHERE finished_at IS NULL`)).rows.map(toRotation)[0] ?? null;
}

const COLUMNS = 'id, to_kek, started_by, started_at, done, total, finished_at, last_error';
function toRotation(row: Rotation): Rotation {
  return { ...row, done: BigInt(row.done), total: BigInt(row.total) };
}

/** How many data keys and secrets are wrapped with each key. */
export async function countWrapped(client: Pick<pg.ClientBase, 'query'>): Promise<{ kek_id: string; count: bigint }[]> {
  const { rows } = await client.query<{ kek_id: string; count: string }>(
    `SELECT kek_id, sum(n) AS count FROM (
       SELECT kek_id, count(*) AS n FROM content_keys WHERE wrapped IS NOT NULL GROUP BY kek_id
       UNION ALL SELECT kek_id, count(*) FROM vault_secrets GROUP BY kek_id) k GROUP BY kek_id ORDER BY kek_id`,
  );
  return rows.map((row) => ({ kek_id: row.kek_id, count: BigInt(row.count) }));
}

async function rewrapAll(
  client: pg.ClientBase,
  rotation: Rotation,
  signal: AbortSignal,
  onProgress?: (rotation: Rotation) => void,
): Promise<RotationStep> {
  const run = { ...rotation };
  const spoilt = new Set<string>();
  const told = async (error: string | null) => {
    run.last_error = error;
    await client.query('UPDATE key_rotations SET done = $2, last_error = $3 WHERE id = $1', [run.id, String(run.done), error]);
    onProgress?.(run);
  };
  try {
    for (let walk = 0; walk < WALKS; walk++) {
      const left = (await countWrapped(client)).filter(({ kek_id }) => kek_id !== run.to_kek);
      // What could not be opened stays as it is; whoever restores its key rotates once more.
      if (left.reduce((sum, { count }) => sum + count, 0n) <= BigInt(spoilt.size)) break;
      for (const { kek_id: from } of left) {
        for (const steps of [secretsFrom, keysFrom]) {
          for await (const wrapped of steps(client, from)) {
            if (signal.aborted) return 'waiting';
            run.done += await rewrap(client, from, run.to_kek, wrapped, spoilt);
            await told(run.last_error);
          }
        }
      }
    }
  } catch (error) {
    if (!isVaultError(error)) throw error;
    log.warn({ err: error }, 'the keys of the vault cannot be wrapped anew; tried again later');
    await told(error.message);
    return 'waiting';
  }
  const unreadable = spoilt.size === 0 ? null : `${spoilt.size} could not be unwrapped and were left as they are`;
  await client.query('UPDATE key_rotations SET finished_at = clock_timestamp(), total = $2, done = $2, last_error = $3 WHERE id = $1', [
    run.id,
    String(run.done),
    unreadable,
  ]);
  onProgress?.({ ...run, total: run.done, finished_at: new Date(), last_error: unreadable });
  return 'finished';
}

/** A data key, or a secret of a ledger (then `commitment` is null and `id` its name). */
interface Wrapped {
  ledger_id: number;
  id: string;
  wrapped: Buffer;
  commitment: Buffer | null;
}

async function* keysFrom(client: pg.ClientBase, from: string): AsyncGenerator<Wrapped[]> {
  let last = { ledger_id: 0, id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const { rows } = await client.query<Wrapped>(
      `SELECT ledger_id, id, wrapped, commitment FROM content_keys
        WHERE kek_id = $1 AND wrapped IS NOT NULL AND (ledger_id, id) > ($2, $3) ORDER BY ledger_id, id LIMIT ${STEP}`,
      [from, last.ledger_id, last.id],
    );
    if (rows.length === 0) return;
    yield rows;
    last = rows[rows.length - 1]!;
  }
}

async function* secretsFrom(client: pg.ClientBase, from: string): AsyncGenerator<Wrapped[]> {
  const { rows } = await client.query<Wrapped>(
    'SELECT ledger_id, name AS id, wrapped, NULL::bytea AS commitment FROM vault_secrets WHERE kek_id = $1',
    [from],
  );
  if (rows.length > 0) yield rows;
}

/** @returns how many are under the new key now. Shredded ones, and those that another process was faster with, are not counted. */
async function rewrap(client: pg.ClientBase, from: string, to: string, keys: readonly Wrapped[], spoilt: Set<string>): Promise<bigint> {
  const vault = openVault();
  const old = vault.find(from);
  const next = vault.current.id === to ? vault.current : vault.find(to);
  if (next === null) throw new VaultError('unavailable', `the key ${to} is not here`);
  if (old === null) {
    log.error({ kek: from, keys: keys.length }, 'keys are wrapped with a key that is not here');
    for (const key of keys) spoilt.add(nameOf(key));
    return 0n;
  }
  let done = 0n;
  for (let at = 0; at < keys.length; at += SIDE_BY_SIDE) {
    const some = keys.slice(at, at + SIDE_BY_SIDE);
    const wrapped = await Promise.all(some.map((key) => wrapAnew(key, old, next, spoilt)));
    for (const [i, key] of some.entries()) {
      const anew = wrapped[i];
      if (anew !== null && (await keep(client, key, from, to, anew!))) done++;
    }
  }
  return done;
}

async function wrapAnew(key: Wrapped, old: KeyEncryption, next: KeyEncryption, spoilt: Set<string>): Promise<Buffer | null> {
  const context: KeyContext = { ledger: String(key.ledger_id), key: key.id };
  try {
    const secret = await old.unwrap(key.wrapped, context);
    if (key.commitment !== null && !timingSafeEqual(createHmac('sha256', secret).update('commit').digest(), key.commitment))
      throw new VaultError('unreadable', 'the data key is not the one that was committed to');
    const wrapped = await next.wrap(secret, context);
    // What was wrapped is looked at before what it replaces is gone: a lost key is lost words.
    if (!(await next.unwrap(wrapped, context)).equals(secret)) throw new VaultError('unavailable', 'what was wrapped cannot be unwrapped');
    return wrapped;
  } catch (error) {
    if (!isVaultError(error) || error.code !== 'unreadable') throw error;
    log.error({ err: error, ledger: key.ledger_id, key: key.id }, 'a key of the vault cannot be unwrapped');
    spoilt.add(nameOf(key));
    return null;
  }
}

async function keep(client: pg.ClientBase, key: Wrapped, from: string, to: string, wrapped: Buffer): Promise<boolean> {
  if (key.commitment !== null) {
    const { rows } = await client.query<{ kept: boolean | null }>('SELECT rewrap_content_key($1, $2, $3, $4, $5) AS kept', [
      key.ledger_id,
      key.id,
      from,
      to,
      wrapped,
    ]);
    return rows[0]?.kept === true;
  }
  const { rowCount } = await client.query(
    'UPDATE vault_secrets SET kek_id = $4, wrapped = $5 WHERE ledger_id = $1 AND name = $2 AND kek_id = $3',
    [key.ledger_id, key.id, from, to, wrapped],
  );
  return rowCount === 1;
}

function nameOf({ ledger_id: ledger, id }: Wrapped): string {
  return `${ledger} ${id}`;
}

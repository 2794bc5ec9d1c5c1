import 'server-only';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { COPY_FORM } from './copy-rows';
import { copiesFolder, copyName, dropDerived, MAKING_MOST_MS, makeCopy } from './make-copy';
import { findSegment } from './segments';

/** One that was written just now may be about to be entered. */
const SETTLED_MS = 60_000;

/**
 * Makes copies of archived segments that this machine has none of, the newest first, for so long; what is left is for the next call, or for a search that needs it.
 * @returns how many were made, and how many could not be
 */
export async function prepareCopies(
  ledger: { id: number; origin: string },
  forMs: number,
  signal?: AbortSignal,
): Promise<{ made: number; failed: number }> {
  const done = { made: 0, failed: 0 };
  const folder = copiesFolder(ledger);
  if (folder === null) return done;
  const there = new Set(await readdir(folder).catch(() => []));
  const until = Date.now() + forMs;
  for (const { number, known } of await archivedNumbers(ledger.id)) {
    if (known.some((sha256) => there.has(copyName(number, sha256)))) continue;
    if (Date.now() >= until || signal?.aborted) break;
    const segment = await findSegment(ledger.id, number);
    if (segment === null) continue;
    const made = await makeCopy(ledger, segment, folder);
    if (!('say' in made)) done.made++;
    else {
      done.failed++;
      log.warn({ ledger: ledger.origin, segment: String(number), say: made.say }, 'a segment cannot be searched yet');
    }
  }
  return done;
}

async function archivedNumbers(ledgerId: number): Promise<{ number: bigint; known: string[] }[]> {
  const { rows } = await pool('verification').query<{ number: string; known: string[] }>(
    `SELECT s.number, array_remove(array_agg(encode(c.sha256, 'hex')), NULL) AS known
       FROM archive_segments s LEFT JOIN archive_copies c ON c.ledger_id = s.ledger_id AND c.number = s.number AND c.form = $2
      WHERE s.ledger_id = $1 AND s.state IN ('confirmed', 'pruned') AND s.removed_at IS NULL GROUP BY s.number ORDER BY s.number DESC`,
    [ledgerId, COPY_FORM],
  );
  return rows.map(({ number, known }) => ({ number: BigInt(number), known }));
}

/** Takes away files that no row names any more, and drafts of a process that was killed. */
export async function sweepCopies(ledger: { id: number; origin: string }): Promise<void> {
  const folder = copiesFolder(ledger);
  if (folder === null) return;
  // The files first: one that is made meanwhile is in the rows and not among them.
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  const { rows } = await pool('verification').query<{ number: string; sha256: string }>(
    `SELECT number, encode(sha256, 'hex') AS sha256 FROM archive_copies WHERE ledger_id = $1 AND form = $2`,
    [ledger.id, COPY_FORM],
  );
  const kept = new Set(rows.map(({ number, sha256 }) => copyName(BigInt(number), sha256)));
  for (const name of names) {
    if (kept.has(name)) continue;
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > (name.startsWith('.') ? MAKING_MOST_MS : SETTLED_MS)) await rm(file, { force: true });
  }
}

/** Of everything that a destruction took away ({@link dropDerived}): called once what is destroyed was entered, before it is certified. */
export async function dropDestroyedCopies(ledger: { id: number; origin: string }, destructionId: string): Promise<void> {
  const { rows } = await pool('verification').query<{ number: string }>(
    `SELECT DISTINCT s.number FROM destruction_items i
       JOIN archive_segments s ON s.ledger_id = i.ledger_id AND s.first_seq < (i.block + 1) * 32768::bigint AND s.last_seq >= i.block * 32768::bigint AND s.seqs && i.destroyed
      WHERE i.destruction_id = $1 AND i.ledger_id = $2`,
    [destructionId, ledger.id],
  );
  for (const { number } of rows) await dropDerived(ledger, { number: BigInt(number) });
}

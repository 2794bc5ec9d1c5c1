import 'server-only';
import { statSync } from 'node:fs';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { askedAdoption } from './adopt-ledger';
import { keyFile } from './open-signer';
import { presentIncarnation } from './read-signing';

const FIRST_MS = 30_000;
const LONGEST_MS = 900_000;

/** What a refusal may hang on, at one moment. */
export interface Circumstances {
  /** The position that was the ledger's last when it was refused; -1 where it had none. */
  head: bigint;
  /** Equal where nothing has changed that could end the refusal. */
  text: string;
}

/**
 * How long a ledger that was refused is left alone: to find out why can mean to read all of it, in a process that has other things to do. Half a minute, then
 * twice as long each time, up to a quarter of an hour; at once where what it hangs on has changed. Times are milliseconds of a clock that only goes forward.
 */
export class Refusals {
  #times = 0;
  #until = 0;
  #under: Circumstances | null = null;

  /** Null where the ledger is not refused. */
  get under(): Circumstances | null {
    return this.#under;
  }

  add(now: number, under: Circumstances): void {
    if (this.#under !== null && under.text !== this.#under.text) this.#times = 0;
    this.#until = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#times);
    this.#times++;
    this.#under = under;
  }

  /** Whether it is time to look again by the clock alone. */
  isOver(now: number): boolean {
    return now >= this.#until;
  }

  /** It was signed, or is another ledger's matter now. */
  end(): void {
    this.#times = 0;
    this.#until = 0;
    this.#under = null;
  }
}

/**
 * A few rows by key. That a ledger grows is no change: what was refused stays refused, and a busy ledger would be read through again and again. The entry that was
 * its last is looked at instead, and the last tile; the signer's keys and memory; an operator's word.
 * @param head as it was at the refusal; null for the present one.
 */
export async function readCircumstances(ledger: LedgerRow, signer: Signer | null, head: bigint | null): Promise<Circumstances> {
  const db = pool('signer');
  const { rows } = await db.query<{ seq: string | null; hash: string | null; tile: string | null }>(
    `SELECT l.seq, (SELECT encode(integrity_hash, 'hex') FROM entries WHERE ledger_id = $1 AND seq = l.seq) AS hash,
            -- Tiles that were made anew are other rows.
            (SELECT t.tile || ' ' || t.xmin FROM tree_tiles t WHERE t.ledger_id = $1 AND t.level = 0 AND t.tile < (l.seq + 1) / 256 ORDER BY t.tile DESC LIMIT 1) AS tile
       FROM (SELECT coalesce($2::bigint, (SELECT seq FROM entries WHERE ledger_id = $1 ORDER BY seq DESC LIMIT 1), -1) AS seq) AS l`,
    [ledger.id, head === null ? null : String(head)],
  );
  const origin = (await presentIncarnation(ledger.id, db))?.origin ?? ledger.origin;
  const { SIGNER_DIR } = env();
  const keys = SIGNER_DIR === undefined ? undefined : statSync(keyFile(SIGNER_DIR), { throwIfNoEntry: false })?.ctimeMs;
  const { seq, hash, tile } = rows[0];
  const text = [hash, tile, origin, keys, memoryOf(signer, origin), askedAdoption(ledger.slug)]
    .map((one) => String(one ?? null))
    .join('\n');
  return { head: BigInt(seq ?? -1), text };
}

function memoryOf(signer: Signer | null, origin: string): string {
  if (signer === null) return 'no signer';
  try {
    const last = signer.memory.read(origin);
    return last === null ? 'nothing' : `${last.size} ${last.timestamp}`;
  } catch (error) {
    return (error as Error).message;
  }
}

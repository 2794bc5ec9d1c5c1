import 'server-only';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { findPositionAt } from '@/lib/ledger/find-position-at';
import { type HoldFacts, type HoldRow, type HoldSteps, readHoldRows, readHoldSteps } from './read-hold-entries';

/**
 * Legal holds against the entries of the access ledger: whoever can write rows could take a hold away, narrow it, end it alone, or switch off what keeps by it. Each
 * entry of a placing has its row, and the row says what the entry says; a row is released where two entries by two people say so, and there alone; no number is
 * missing; and what prunings, destructions and shreddings ask is in force exactly as long as the hold stands. Times are not compared: the entry's is the
 * application's clock, the row's the database's. Entries of the access ledger never leave the database: one that is not there was never made, or was taken away.
 */
export interface HoldsFindings {
  holds: number;
  breaks: ChainBreak[];
}

interface Fault {
  code: 'hold_missing' | 'hold_altered';
  /** When the hold was placed, as far as that is known. */
  us: bigint;
  expected: string;
  found: string;
}

/** Places that are looked up: each costs some reads by primary key. */
const PLACED_MOST = 100;

export async function compareHolds(ledgerId: number): Promise<HoldsFindings> {
  const { rows, steps } = await readBoth(ledgerId);
  const faults: Fault[] = [];
  const numbers = new Set<number>();
  for (const row of rows) {
    numbers.add(row.number!);
    faults.push(...compareHold(row, steps.get(row.id) ?? NOTHING));
  }
  const ids = new Set(rows.map(({ id }) => id));
  let last = rows.reduce((most, { number }) => Math.max(most, number!), 0);
  for (const [id, { placed, placedUs }] of steps) {
    if (ids.has(id) || placed === null) continue;
    if (placed.number !== null) numbers.add(placed.number);
    last = Math.max(last, placed.number ?? 0);
    faults.push({
      code: 'hold_missing',
      us: placedUs,
      expected: `${nameOf(placed.number, id)} on ${placed.scope}, placed by ${placed.by}`,
      found: 'no such hold',
    });
  }
  // Numbers are given out one after the other: one that is missing was taken away with its entry.
  const next = new Map(rows.map(({ number, placedUs }) => [number, placedUs]));
  for (let number = last, us = 0n; number > 0; number--) {
    us = next.get(number) ?? us;
    if (!numbers.has(number))
      faults.push({ code: 'hold_missing', us, expected: `hold #${number}`, found: 'no such hold, and no entry of it' });
  }
  return { holds: new Set([...ids, ...steps.keys()]).size, breaks: await placeBreaks(ledgerId, faults) };
}

const NOTHING: HoldSteps = { placed: null, placedUs: 0n, asked: null, released: null };

function compareHold(row: HoldRow, { placed, asked, released }: HoldSteps): Fault[] {
  const faults: Fault[] = [];
  const add = (expected: string, found: string) =>
    faults.push({ code: 'hold_altered', us: row.placedUs, expected: `${nameOf(row.number, row.id)}: ${expected}`, found });
  if (placed === null) add('an entry of the access ledger that it was placed', 'none');
  else
    for (const member of ['number', 'by', 'matter', 'scope', 'custodian', 'reason'] as const) {
      // An older entry has no number and no custodian, and its row none of the latter.
      if (placed[member] === null && (member === 'number' || member === 'reason')) continue;
      if (placed[member] !== row[member]) add(`${MEMBERS[member]} ${placed[member] ?? 'none'}`, String(row[member] ?? 'none'));
    }
  if (row.releasedBy === null) {
    if (released !== null) add(`released by ${released.by}`, 'it stands');
    if (row.askedBy !== asked)
      add(asked === null ? 'nobody asks for its release' : `${asked} asks for its release`, row.askedBy ?? 'nobody does');
  } else if (released === null) add('in force: no entry of the access ledger says that it was released', 'none');
  else {
    if (released.by !== row.releasedBy) add(`released by ${released.by}`, row.releasedBy);
    if (released.askedBy !== null) {
      if (asked === null) add('an entry that somebody asked for its release', 'none');
      else if (asked !== released.askedBy) add(`its release asked for by ${asked}`, released.askedBy);
      if (released.askedBy !== row.askedBy) add(`its release asked for by ${released.askedBy}`, row.askedBy ?? 'nobody');
      if (released.askedBy === released.by) add('its release confirmed by another person than the one who asked', released.by);
    }
  }
  const stands = row.releasedBy === null;
  if (row.keeps === null) add('what keeps by it', 'nothing');
  else {
    if (row.keeps.scope !== row.scope) add(`keeps ${row.scope}`, row.keeps.scope);
    if (row.keeps.inForce !== stands) add(stands ? 'in force' : 'no longer in force', stands ? 'it keeps nothing' : 'it still keeps');
  }
  return faults;
}

const MEMBERS: Record<keyof HoldFacts, string> = {
  number: 'number',
  by: 'placed by',
  matter: 'for',
  scope: 'on',
  custodian: 'custodian',
  reason: 'because',
};

function nameOf(number: number | null, id: string): string {
  return number === null ? `hold ${id}` : `hold #${number}`;
}

/** A hold and its entry are committed together: both are read as of one moment. */
async function readBoth(ledgerId: number): Promise<{ rows: HoldRow[]; steps: Map<string, HoldSteps> }> {
  const client = await pool('verification').connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const rows = await readHoldRows(client, ledgerId);
    const steps = await readHoldSteps(client, ledgerId);
    await client.query('COMMIT');
    return { rows, steps };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

/** A hold has no position: its breaks stand where the ledger ended when it was placed. */
async function placeBreaks(ledgerId: number, faults: readonly Fault[]): Promise<ChainBreak[]> {
  const places = new Map<bigint, bigint>();
  await boundedRead(async (tx) => {
    for (const { us } of faults)
      if (!places.has(us) && places.size < PLACED_MOST) places.set(us, (await findPositionAt(tx, ledgerId, us)) ?? 0n);
  });
  return faults.map(({ us, code, expected, found }) => ({ seq: places.get(us) ?? 0n, recordId: null, code, expected, found }));
}

import 'server-only';
import type pg from 'pg';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { type ArchiveStore, StoreFault } from './archive-store';
import { type StorePlace, storeAt } from './open-store';

/** What a look at the holds of archived objects came to. */
export interface HeldObjects {
  /** Segments whose hold was put on, or taken off. */
  changed: number;
  /** Segments whose store did not take it: tried again at the next look. */
  failed: number;
}

/** First key of the advisory lock; the second is the ledger. */
const OBJECTS_LOCK = 1212564308;
/** What is held is looked at again in the store after so long, a few at a look. */
const SEEN_MS = 86_400_000;
const SEEN_AT_ONCE = 50;
/** A store that does not answer is given so long before people are told; what it refuses they are told at once. */
const PATIENCE_MS = 600_000;

/** Of each ledger, as far as this process has looked: which segments ought to be held, among those that there were, by which holds. */
const looks = new Map<number, { state: string; at: number; known: Set<string>; held: Set<string> }>();

interface Row extends StorePlace {
  number: string;
  object_key: string;
  version_id: string;
  manifest_key: string;
  manifest_version_id: string;
  legal_hold: boolean;
  unsure: boolean;
  seen_at: Date | null;
  failed_at: Date | null;
}
const ROWS = `SELECT number, store AS kind, place, object_key, version_id, manifest_key, manifest_version_id, legal_hold, legal_hold_unsure AS unsure,
    legal_hold_seen_at AS seen_at, legal_hold_failed_at AS failed_at FROM archive_segments
  WHERE ledger_id = $1 AND state IN ('confirmed', 'pruned') AND removed_at IS NULL AND version_id IS NOT NULL AND manifest_version_id IS NOT NULL ORDER BY number`;

/**
 * Legal holds on the objects of segments of which a hold reaches anything; off again where none does any more. Whole objects: a hold keeps what it reaches, and what
 * lies beside it. What the row says is what both objects showed: it says less before the store is told anything, and more after it was asked. Of several processes one
 * looks at a time.
 */
export async function holdObjects(ledgerId: number, now = Date.now()): Promise<HeldObjects> {
  const client = await pool('archive').connect();
  let failed: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [OBJECTS_LOCK, ledgerId]);
    if (rows[0]?.mine !== true) return { changed: 0, failed: 0 };
    const done = await look(client, ledgerId, now);
    await client.query('SELECT pg_advisory_unlock($1, $2)', [OBJECTS_LOCK, ledgerId]);
    return done;
  } catch (error) {
    // The lock goes with the connection.
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

async function look(client: pg.PoolClient, ledgerId: number, now: number): Promise<HeldObjects> {
  const { rows } = await client.query<Row>(ROWS, [ledgerId]);
  const held = await wishes(client, ledgerId, rows, now);
  const done: HeldObjects = { changed: 0, failed: 0 };
  const faults: { row: Row; on: boolean; fault: StoreFault }[] = [];
  /** Stores that have not answered in this look: not asked for each of their objects. */
  const silent = new Map<string, StoreFault>();
  let again = 0;
  for (const row of rows) {
    const on = held.has(row.number);
    const differs = row.legal_hold !== on || row.unsure;
    const old = on && now - (row.seen_at?.getTime() ?? 0) >= SEEN_MS;
    if (!differs && !(old && again++ < SEEN_AT_ONCE)) continue;
    try {
      const fault = silent.get(row.place);
      if (fault !== undefined) throw fault;
      const store = storeAt(row);
      if (differs ? await tell(client, ledgerId, store, row, on) : await lookAgain(client, ledgerId, store, row)) done.changed++;
    } catch (error) {
      const fault =
        error instanceof StoreFault ? error : new StoreFault('unreachable', `It could not be asked (${(error as Error).name}).`);
      if (fault.code === 'unreachable') silent.set(row.place, fault);
      faults.push({ row, on, fault });
      done.failed++;
      await client.query('SELECT archive_hold_failed($1, $2, $3)', [ledgerId, row.number, fault.message]);
      log.warn(
        { err: error, ledger: ledgerId, segment: row.number },
        'the legal hold of an archive object could not be set; tried again later',
      );
    }
  }
  await sayFaults(ledgerId, held.size, faults, now);
  return done;
}

/** Asked of all segments where holds have changed, and once a day; else of those that are new. */
async function wishes(client: pg.PoolClient, ledgerId: number, rows: readonly Row[], now: number): Promise<ReadonlySet<string>> {
  const state = (await client.query<{ state: string }>('SELECT archive_holds_state($1) AS state', [ledgerId])).rows[0]!.state;
  const last = looks.get(ledgerId);
  if (last === undefined || last.state !== state || now - last.at >= SEEN_MS) {
    const found = await client.query<{ number: string }>('SELECT DISTINCT archive_held($1) AS number', [ledgerId]);
    const held = new Set(found.rows.map(({ number }) => number));
    looks.set(ledgerId, { state, at: now, known: new Set(rows.map(({ number }) => number)), held });
    return held;
  }
  for (const { number } of rows) {
    if (last.known.has(number)) continue;
    const { rows: reached } = await client.query<{ held: boolean }>('SELECT archive_reached($1, $2) AS held', [ledgerId, number]);
    if (reached[0]?.held === true) last.held.add(number);
    last.known.add(number);
  }
  return last.held;
}

const objectsOf = (row: Row): [key: string, versionId: string][] => [
  [row.object_key, row.version_id],
  [row.manifest_key, row.manifest_version_id],
];

/** @returns false where it ought not to be so any more. @throws StoreFault */
async function tell(client: pg.PoolClient, ledgerId: number, store: ArchiveStore, row: Row, on: boolean): Promise<boolean> {
  const { rows } = await client.query<{ begun: boolean }>('SELECT archive_hold_begun($1, $2, $3) AS begun', [ledgerId, row.number, on]);
  if (rows[0]?.begun !== true) {
    looks.delete(ledgerId);
    return false;
  }
  for (const [key, versionId] of objectsOf(row))
    if ((await store.head(key, versionId))?.legalHold !== on) await store.legalHold(key, versionId, on);
  for (const [key, versionId] of objectsOf(row))
    if ((await store.head(key, versionId))?.legalHold !== on)
      throw new StoreFault('refused', `The store took the legal hold of ${key} and shows it ${on ? 'off' : 'on'}.`);
  await client.query('SELECT archive_hold_kept($1, $2, $3)', [ledgerId, row.number, on]);
  return true;
}

/** What ought to be held, in the store itself. Nobody here took it off: it is put on again, and people are told. @returns whether it had to be */
async function lookAgain(client: pg.PoolClient, ledgerId: number, store: ArchiveStore, row: Row): Promise<boolean> {
  const lifted: string[] = [];
  for (const [key, versionId] of objectsOf(row)) if ((await store.head(key, versionId))?.legalHold !== true) lifted.push(key);
  if (lifted.length === 0) {
    await client.query('SELECT archive_hold_kept($1, $2, true)', [ledgerId, row.number]);
    return false;
  }
  const say = `The legal hold of ${lifted.join(' and ')} was no longer on in ${row.place}, and nothing here took it off.`;
  await raiseAlarm(ledgerId, 'archive_hold', `lifted:${row.number}`, { say, segment: row.number });
  return tell(client, ledgerId, store, row, true);
}

async function sayFaults(
  ledgerId: number,
  wanted: number,
  faults: readonly { row: Row; on: boolean; fault: StoreFault }[],
  now: number,
): Promise<void> {
  if (faults.length === 0) return endAlarm(ledgerId, 'archive_hold', '');
  if (faults.every(({ row, fault }) => fault.code === 'unreachable' && now - (row.failed_at?.getTime() ?? now) < PATIENCE_MS)) return;
  const on = faults.filter((one) => one.on).length;
  const many = (n: number) => `${n.toLocaleString('en')} archive ${n === 1 ? 'segment' : 'segments'}`;
  const parts = [
    ...(on === 0 ? [] : [`${on.toLocaleString('en')} of ${many(wanted)} that a legal hold reaches could not be held`]),
    ...(on === faults.length ? [] : [`the legal hold of ${many(faults.length - on)} could not be taken off`]),
  ];
  const say = `${parts.join(', and ')}: ${faults[0]!.fault.message}`;
  await raiseAlarm(ledgerId, 'archive_hold', '', { say: say.charAt(0).toUpperCase() + say.slice(1), segments: faults.length });
}

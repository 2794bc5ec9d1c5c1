import 'server-only';
import { inRanges, openManifest, readRanges } from '@/lib/chain/archive-manifest';
import type { ArchivedEntry, SeqRange } from '@/lib/chain/archive-segment';
import { NoteError } from '@/lib/chain/note-error';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { StoreFault } from './archive-store';
import { contradictRow } from './compare-manifest';
import { storeAt } from './open-store';
import { patiently, readObject } from './read-object';
import type { Segment } from './segments';
import { coveringCheckpoint, manifestKeys } from './sign-manifest';
import { forgetStore } from './store-looks';

/** A segment that was fetched and found to be what its manifest says, and its manifest to be signed by the ledger's keys. */
export interface FetchedSegment {
  /** When: what is kept in memory was not fetched for whoever looks now. */
  at: Date;
  /** Of what was destroyed there is none, whatever lies in the archive still, and whatever was kept in memory before it was. */
  body(seq: bigint): Buffer | undefined;
  destroyed(seq: bigint): boolean;
}
/** Why there is none. */
export interface FetchFailure {
  state: 'unreachable' | 'contradicted';
  say: string;
}

const KEPT_MS = 600_000;
/** Unpacked, of all segments that are kept in memory. */
const KEPT_BYTES = 96 * 1024 * 1024;
/** Segments that one process unpacks into memory at a time, whoever asks for them: some ten megabytes each, a hundred at most. */
const FETCHED_AT_ONCE = 3;

class Fetched implements FetchedSegment {
  readonly at = new Date();
  readonly #bodies: Map<bigint, Buffer>;
  #gone: SeqRange[] = [];

  constructor(bodies: Map<bigint, Buffer>) {
    this.#bodies = bodies;
  }

  body(seq: bigint): Buffer | undefined {
    return this.#bodies.get(seq);
  }

  destroyed(seq: bigint): boolean {
    return inRanges(this.#gone, seq);
  }

  /** What was destroyed, by whatever process, is forgotten here as soon as somebody asks for this segment. */
  async forgetDestroyed({ ledgerId, firstSeq, lastSeq }: Segment): Promise<void> {
    const { rows } = await pool('verification').query<{ gone: string | null }>(
      `SELECT (range_agg(d) * int8multirange(int8range($2, $3, '[]')))::text AS gone FROM destruction_items i, unnest(i.destroyed) d
        WHERE i.ledger_id = $1 AND i.block BETWEEN $2::bigint / 32768 AND $3::bigint / 32768`,
      [ledgerId, String(firstSeq), String(lastSeq)],
    );
    this.#gone = readRanges(rows[0]?.gone ?? '{}') ?? [];
    if (this.#gone.length > 0) for (const seq of this.#bodies.keys()) if (this.destroyed(seq)) this.#bodies.delete(seq);
  }
}

interface Kept {
  segment: Fetched;
  bytes: number;
  until: number;
}
/** Pages and the listener are two module graphs in one process: what is kept is kept once. */
const holder = globalThis as typeof globalThis & {
  __holdfastSegments?: { kept: Map<string, Kept>; underWay: Map<string, Promise<Fetched | FetchFailure>>; turns: Turns };
};
/** `waiting`: in the order in which they came. */
interface Turns {
  free: number;
  waiting: (() => void)[];
}
holder.__holdfastSegments ??= { kept: new Map(), underWay: new Map(), turns: { free: FETCHED_AT_ONCE, waiting: [] } };
const { kept, underWay, turns } = holder.__holdfastSegments;

/**
 * Kept in memory for ten minutes, and not longer than there is room. What was destroyed is asked for each time, once the bodies are there: none is served after that,
 * whichever process destroyed it, and however old the row of the segment is that it is asked with.
 * @param ledger whose keys sign the manifest
 */
export async function fetchSegment(ledger: { id: number; origin: string }, segment: Segment): Promise<FetchedSegment | FetchFailure> {
  const fetched = await keptOrFetched(ledger, segment);
  if (!('say' in fetched)) await fetched.forgetDestroyed(segment);
  return fetched;
}

function keptOrFetched(ledger: { id: number; origin: string }, segment: Segment): Promise<Fetched | FetchFailure> {
  // What is destroyed in it after it was kept makes what is kept another's.
  const own = `${ledger.origin} ${segment.number} `;
  const name = `${own}${segment.versionId} ${segment.drops}`;
  for (const other of kept.keys()) if (other.startsWith(own) && other !== name) kept.delete(other);
  const known = kept.get(name);
  if (known !== undefined && known.until > Date.now()) {
    // The last in the order of the map is the last that was used.
    kept.delete(name);
    kept.set(name, known);
    return Promise.resolve(known.segment);
  }
  const begun = underWay.get(name);
  if (begun !== undefined) return begun;
  const fetching = inTurn(() => fetchAnew(ledger, segment))
    .then((fetched) => {
      if ('say' in fetched) return fetched;
      keep(name, { segment: fetched, bytes: segment.raw?.bytes ?? 0, until: Date.now() + KEPT_MS });
      return fetched;
    })
    .finally(() => underWay.delete(name));
  underWay.set(name, fetching);
  return fetching;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (turns.free > 0) turns.free--;
  else await new Promise<void>((resolve) => turns.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = turns.waiting.shift();
    // Handed on, so that nobody who comes meanwhile goes before those that wait.
    if (next === undefined) turns.free++;
    else next();
  }
}

/** For tests, and when a store's settings change. */
export function forgetSegments(): void {
  kept.clear();
}

function keep(name: string, entry: Kept): void {
  kept.delete(name);
  kept.set(name, entry);
  let total = 0;
  for (const { bytes } of kept.values()) total += bytes;
  for (const [oldest, { bytes, until }] of kept) {
    if (total <= KEPT_BYTES && until > Date.now()) continue;
    if (oldest === name) break;
    kept.delete(oldest);
    total -= bytes;
  }
}

async function fetchAnew(ledger: { id: number; origin: string }, segment: Segment): Promise<Fetched | FetchFailure> {
  const bodies = new Map<bigint, Buffer>();
  const failure = await readSegment(ledger, segment, {
    begin: async () => bodies.clear(),
    entry: ({ header, body }) => bodies.set(header.seq, Buffer.from(body)),
  });
  return failure ?? new Fetched(bodies);
}

/**
 * Reads a segment once, entry by entry, and keeps nothing of it. `begin` is called before the first entry of each try; what was handed over is sound where null comes back.
 */
export async function readSegment(
  ledger: { id: number; origin: string },
  segment: Segment,
  on: { begin: () => Promise<void>; entry: (entry: ArchivedEntry) => void },
): Promise<FetchFailure | null> {
  const { manifest: note, versionId, objectKey, place } = segment;
  const contradicted = (what: string): FetchFailure => {
    log.error({ ledger: ledger.origin, segment: String(segment.number), place, what }, 'an archive segment is not what it was');
    return {
      state: 'contradicted',
      say: `What lies in the archive as segment ${segment.number} is not what was archived: ${what}. Verify the ledger against the archive.`,
    };
  };
  if (note === null || versionId === null) return contradicted('it has no manifest');
  try {
    const covering = await coveringCheckpoint(ledger.id, segment.checkpointNumber);
    if (covering === null) return contradicted('its checkpoint is gone');
    const manifest = openManifest(note, await manifestKeys(ledger.id, covering), ledger.origin);
    const [wrong] = contradictRow(manifest, segment, covering);
    if (wrong !== undefined) return contradicted(`its row and its manifest say different ${wrong.what}`);
    const { contradiction } = await patiently(async () => {
      await on.begin();
      return readObject(storeAt(segment), { key: objectKey, versionId }, manifest, on.entry);
    });
    return contradiction === null ? null : contradicted(contradiction);
  } catch (error) {
    if (error instanceof NoteError) return contradicted(`its manifest is not the ledger’s (${error.code})`);
    if (!(error instanceof StoreFault)) throw error;
    if (error.code === 'missing') return contradicted('it is not there');
    forgetStore(segment);
    log.warn({ err: error, ledger: ledger.origin, segment: String(segment.number) }, 'an archive segment could not be fetched');
    return { state: 'unreachable', say: `The archive (${place}) does not answer; ask again later.` };
  }
}

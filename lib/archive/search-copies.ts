import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchiveFilter, CopiesSearched } from '@/lib/schema/archive-search';
import { PAGE_SIZE, type PageCursor } from '@/lib/schema/filters';
import { type Bound, copyCondition } from './copy-rows';
import { copiesFolder, findCopy, knownCopies, makeCopy } from './make-copy';
import { DuckDbStopped, withDuckDb } from './open-duckdb';
import { archivedSegments } from './search-segments';
import { LEAF, type Segment } from './segments';

type Ledger = { id: number; origin: string };

/** A body that a copy has at a position: to be held against the digest in its entry before it is shown. */
export interface Hit {
  seq: bigint;
  body: Buffer;
  segment: Segment;
}

export interface FoundInArchive {
  /** The newest first, at most a page. */
  hits: Hit[];
  older: bigint | null;
  newer: bigint | null;
  /** Where its time ended: so far it has looked. */
  searchedTo: bigint | null;
  /** Nothing else matches, and nothing was left out. */
  whole: boolean;
  copies: CopiesSearched;
}

/** A search gives what it has by then, and says how far it went. */
const BUDGET_MS = 8_000;
/** Of it, what may be spent on making copies that are not there. */
const MAKING_MS = 4_000;
/** Segments of the first query; each that follows takes twice as many. */
const FIRST = 16;
const MOST = 128;
const THREADS = 2;

/**
 * The archived records of a ledger that pass a filter, a page of them, by their positions. Segments are looked into leaf by leaf from the side at which the page begins;
 * each copy is hashed before it is opened. One that is missing or another is made anew from its verified segment as long as there is time, and told as being made else.
 * @throws TypeError where no folder for copies is set; AbortError
 */
export async function searchCopies(
  ledger: Ledger,
  filter: ArchiveFilter,
  cursor: PageCursor,
  { signal, budgetMs = BUDGET_MS, makingMs = MAKING_MS }: { signal?: AbortSignal; budgetMs?: number; makingMs?: number } = {},
): Promise<FoundInArchive> {
  const folder = copiesFolder(ledger);
  if (folder === null) throw new TypeError('ARCHIVE_COPIES_DIR is not set');
  const up = cursor.newer !== undefined;
  const { all, wanted } = await archivedSegments(ledger.id, filter, cursor);
  const walk = new Walk(ledger, folder, filter, cursor, { signal, until: Date.now() + budgetMs, makeUntil: Date.now() + makingMs });
  const leaves = byLeaf(wanted, up);
  let hits: Hit[] = [];
  let ended = true;
  let searchedTo: bigint | null = null;
  for (let at = 0, size = FIRST; at < leaves.length && hits.length <= PAGE_SIZE; size = Math.min(2 * size, MOST)) {
    const batch: Segment[] = [];
    while (at < leaves.length && (batch.length === 0 || batch.length + leaves[at]!.length <= size)) batch.push(...leaves[at++]!);
    const found = await walk.look(batch, PAGE_SIZE + 1 - hits.length);
    if (found === null) {
      ended = false;
      break;
    }
    hits = [...hits, ...found];
    const last = leaves[at - 1]![0]!.firstSeq / LEAF;
    searchedTo = up ? last * LEAF + LEAF - 1n : last * LEAF;
    if (Date.now() > walk.until && at < leaves.length && hits.length <= PAGE_SIZE) {
      ended = false;
      break;
    }
  }
  const more = hits.length > PAGE_SIZE;
  const page = hits.slice(0, PAGE_SIZE);
  const far = more ? page.at(-1)!.seq : ended ? null : (searchedTo ?? startOf(cursor));
  if (up) page.reverse();
  const near = cursor.older === undefined && cursor.newer === undefined ? null : (page[0]?.seq ?? null);
  return {
    hits: page,
    older: up ? (page.at(-1)?.seq ?? null) : far,
    newer: up ? far : near,
    searchedTo: more || ended ? null : searchedTo,
    whole:
      !more && ended && walk.preparing.size === 0 && walk.failed.size === 0 && cursor.older === undefined && cursor.newer === undefined,
    copies: {
      segments: all,
      asked: wanted.length,
      searched: walk.searched,
      preparing: walk.preparing.size,
      rebuilt: walk.rebuilt.size,
      unreachable: [...walk.failed].filter(([, state]) => state === 'unreachable').map(([number]) => String(number)),
      contradicted: [...walk.failed].filter(([, state]) => state === 'contradicted').map(([number]) => String(number)),
      forged: [],
    },
  };
}

/** A page that found nothing in its time goes on from where it began. */
function startOf({ older, newer }: PageCursor): bigint | null {
  const at = older ?? newer;
  return at === undefined ? 2n ** 63n - 1n : BigInt(at);
}

function byLeaf(segments: readonly Segment[], up: boolean): Segment[][] {
  const leaves = new Map<bigint, Segment[]>();
  for (const segment of segments) {
    const leaf = segment.firstSeq / LEAF;
    leaves.set(leaf, [...(leaves.get(leaf) ?? []), segment]);
  }
  return [...leaves].sort(([a], [b]) => (a < b === up ? -1 : 1)).map(([, list]) => list);
}

class Walk {
  searched = 0;
  readonly preparing = new Set<bigint>();
  readonly rebuilt = new Set<bigint>();
  readonly failed = new Map<bigint, 'unreachable' | 'contradicted'>();
  readonly until: number;
  readonly #makeUntil: number;
  readonly #signal: AbortSignal | undefined;
  readonly #ledger: Ledger;
  readonly #folder: string;
  readonly #condition: { where: string; values: Bound[] };
  readonly #up: boolean;

  constructor(
    ledger: Ledger,
    folder: string,
    filter: ArchiveFilter,
    cursor: PageCursor,
    { signal, until, makeUntil }: { signal: AbortSignal | undefined; until: number; makeUntil: number },
  ) {
    this.#ledger = ledger;
    this.#folder = folder;
    this.#signal = signal;
    this.until = until;
    this.#makeUntil = makeUntil;
    this.#up = cursor.newer !== undefined;
    const { where, values } = copyCondition(filter);
    const edge = cursor.newer ?? cursor.older;
    this.#condition =
      edge === undefined
        ? { where, values }
        : { where: `${where} AND seq ${this.#up ? '>' : '<'} $${values.length + 1}`, values: [...values, BigInt(edge)] };
  }

  /** @returns what matches in these segments, the first of them; null where the time was not enough for it */
  async look(segments: readonly Segment[], limit: number): Promise<Hit[] | null> {
    const known = await knownCopies(
      this.#ledger.id,
      segments.map(({ number }) => number),
    );
    const files = new Map<string, Segment>();
    for (const segment of segments) {
      this.#signal?.throwIfAborted();
      const file = await this.#fileOf(segment, known.get(segment.number) ?? []);
      if (file !== null) files.set(file, segment);
    }
    if (files.size === 0) return [];
    try {
      const hits = await this.#query(files, limit);
      this.searched += files.size;
      return hits;
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof DuckDbStopped) return null;
      throw error;
    }
  }

  async #fileOf(segment: Segment, known: readonly string[]): Promise<string | null> {
    const found = await findCopy(this.#folder, segment, known);
    if (typeof found === 'object') return found.file;
    const making = makeCopy(this.#ledger, segment, this.#folder);
    // It goes on where this search does not wait for it.
    making.catch(() => {});
    const left = this.#makeUntil - Date.now();
    const made = left <= 0 ? null : await Promise.race([making, sleep(left, null, { ref: false })]);
    if (made === null) this.preparing.add(segment.number);
    else if ('say' in made) this.failed.set(segment.number, made.state);
    else if (found === 'wrong') this.rebuilt.add(segment.number);
    return made === null || 'say' in made ? null : made.file;
  }

  #query(files: ReadonlyMap<string, Segment>, limit: number): Promise<Hit[]> {
    const timeoutMs = Math.max(500, this.until - Date.now());
    return withDuckDb(
      { files: [...files.keys()], threads: THREADS, timeoutMs, ...(this.#signal && { signal: this.#signal }) },
      async (connection) => {
        const { LIST, VARCHAR } = await import('@duckdb/node-api');
        const { where, values } = this.#condition;
        const at = values.length;
        const statement = await connection.prepare(
          `SELECT seq, body, filename FROM read_parquet($${at + 1}, filename = true) WHERE ${where} ORDER BY seq ${this.#up ? 'ASC' : 'DESC'} LIMIT $${at + 2}`,
        );
        for (const [i, value] of values.entries()) {
          if (typeof value === 'string') statement.bindVarchar(i + 1, value);
          else if (typeof value === 'bigint') statement.bindBigInt(i + 1, value);
          else statement.bindInteger(i + 1, value);
        }
        statement.bindList(at + 1, [...files.keys()], LIST(VARCHAR));
        statement.bindInteger(at + 2, limit);
        const reader = await statement.runAndReadAll();
        return reader.getRows().map(([seq, body, file]) => ({
          seq: seq as bigint,
          body: Buffer.from((body as { bytes: Uint8Array }).bytes),
          segment: files.get(file as string)!,
        }));
      },
    );
  }
}

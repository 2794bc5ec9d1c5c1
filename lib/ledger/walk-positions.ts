import 'server-only';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

/**
 * Finds the next rows that match several filters, in order of position, in steps whose cost is bounded whatever the ledger holds. No index serves
 * every combination; so each step takes the next candidates from the one index that reaches furthest with them, and tests the others' conditions on
 * those rows alone. Where matches are so rare that the budget ends first, the caller gets what was found and how far was looked: never a page that
 * seems complete.
 */

/** Positions still to be searched, both ends included. `older`: from high to low, else from low to high. */
export interface Span {
  low: bigint;
  high: bigint;
  older: boolean;
}

/** One index that can give candidates in order of position. */
export interface Driver {
  /** Its index is not in order of position: it is asked about one block at a time. */
  blockwise?: true;
  /** Conditions that it settles by itself; see {@link Search.conditions}. */
  settles: readonly string[];
  /** `SELECT <position> AS seq`: at most `limit` positions of the span, in walking order, from the index alone. */
  positions(span: Span, limit: number): Prisma.Sql;
  /** The same rows with the columns that conditions name. */
  rows(span: Span, limit: number): Prisma.Sql;
  /** `SELECT 1` for at most `limit` of all its rows, in no order. */
  any(limit: number): Prisma.Sql;
}

export interface Search {
  drivers: readonly Driver[];
  /** Takes everything in order; used where no filter has an index. */
  everything: Driver;
  /** Every filter's condition by its name. */
  conditions: ReadonlyMap<string, Prisma.Sql>;
  /** Positions of one partition, null where there are none: a step that stays within one is planned and run on that one alone. */
  block: bigint | null;
  /** Most candidates of a step, where judging one costs a look into another table. */
  most?: number;
  /** Asks for words alone: records that have left the database are among what it finds. */
  wordsAlone?: boolean;
}

export interface Walked {
  /** In walking order, at most as many as wanted. */
  seqs: bigint[];
  /** The whole span was searched. */
  done: boolean;
  /** The last position of the span that was searched, null where not even one was. */
  reached: bigint | null;
}

export const BUDGET = { steps: 2_000, milliseconds: 1_500 };
/**
 * Candidates of a step: few at first, since most searches are for what is common; then as many as touch about so many pages, by how far apart the last
 * ones lay.
 */
const FIRST_STEP = 250;
const STEP = { least: 1_000, most: 8_000, pages: 1_000, rowsOnPage: 8 };

export async function walkPositions(tx: Tx, search: Search, span: Span, wanted: number, budget = BUDGET): Promise<Walked> {
  const seqs: bigint[] = [];
  const deadline = Date.now() + budget.milliseconds;
  const ordered = search.drivers.filter((driver) => !driver.blockwise);
  const alone = search.drivers.length === 1 && openConditions(search, search.drivers[0]!).length === 0 && ordered.length === 1;
  let rest = span;
  let reached: bigint | null = null;
  let limit = FIRST_STEP;
  for (let step = 0; rest.low <= rest.high; step++) {
    if (seqs.length >= wanted || step >= budget.steps || (step > 0 && Date.now() > deadline)) return { seqs, done: false, reached };
    // The first step looks over the whole span: a filter with few rows settles it at once, wherever they lie.
    const wide = alone || (step === 0 && (ordered.length > 0 || search.drivers.length === 0));
    const drivers = wide ? ordered : search.drivers;
    const within = wide ? rest : withinBlock(rest, search.block);
    const driver = drivers.length > 1 ? await furthest(tx, drivers, within, limit) : (drivers[0] ?? search.everything);
    // Rows that are fetched by a list of positions may cost a page each.
    const candidates = Math.min(limit, driver.blockwise ? STEP.least : STEP.most, search.most ?? STEP.most);
    const found = await takeStep(tx, search, driver, within, candidates, wanted - seqs.length);
    const before = span.older ? rest.high : rest.low;
    seqs.push(...found.seqs);
    reached = found.reached;
    rest = span.older ? { ...rest, high: reached - 1n } : { ...rest, low: reached + 1n };
    limit = nextLimit(limit, Math.abs(Number(before - reached)) + 1);
  }
  return { seqs, done: true, reached };
}

/** @param stretch positions that the last step, of so many candidates, went over. */
function nextLimit(limit: number, stretch: number): number {
  const fit = Math.floor((STEP.pages * STEP.rowsOnPage * limit) / stretch);
  return Math.max(STEP.least, Math.min(STEP.most, fit));
}

function openConditions(search: Search, driver: Driver): Prisma.Sql[] {
  return [...search.conditions].filter(([name]) => !driver.settles.includes(name)).map(([, condition]) => condition);
}

function withinBlock(span: Span, block: bigint | null): Span {
  if (block === null) return span;
  const first = ((span.older ? span.high : span.low) / block) * block;
  if (span.older) return span.low < first ? { ...span, low: first } : span;
  return span.high >= first + block ? { ...span, high: first + block - 1n } : span;
}

/** The driver whose next candidates stretch over most of the span: the rarest filter, here and now, whatever the planner's statistics say. */
async function furthest(tx: Tx, drivers: readonly Driver[], span: Span, limit: number): Promise<Driver> {
  const probes = drivers.map(
    (driver, i) =>
      Prisma.sql`SELECT ${i}::int AS i, count(*)::int AS n, min(seq) AS low, max(seq) AS high FROM (${driver.positions(span, limit)}) AS p${Prisma.raw(String(i))}`,
  );
  const rows = await tx.$queryRaw<{ i: number; n: number; low: bigint | null; high: bigint | null }[]>(Prisma.join(probes, ' UNION ALL '));
  const reach = (row: (typeof rows)[number]): bigint => {
    // Fewer than asked for: with these the whole span is settled; fewest first.
    if (row.n < limit) return (1n << 70n) - BigInt(row.n);
    return span.older ? span.high - row.low! : row.high! - span.low;
  };
  const best = rows.reduce((a, b) => (reach(b) > reach(a) ? b : a));
  return drivers[best.i]!;
}

/** One step: candidates of the driver, judged by the conditions that it leaves open. */
async function takeStep(
  tx: Tx,
  search: Search,
  driver: Driver,
  span: Span,
  limit: number,
  wanted: number,
): Promise<{ seqs: bigint[]; reached: bigint }> {
  const open = openConditions(search, driver);
  const end = span.older ? span.low : span.high;
  if (open.length === 0) {
    const rows = await tx.$queryRaw<{ seq: bigint }[]>(driver.positions(span, wanted));
    const seqs = rows.map((row) => row.seq);
    return { seqs, reached: seqs.length < wanted ? end : seqs[seqs.length - 1]! };
  }
  const [row] = await tx.$queryRaw<{ n: number; low: bigint | null; high: bigint | null; seqs: string[] | null }[]>`
    WITH candidates AS MATERIALIZED (${driver.rows(span, limit)})
    SELECT count(*)::int AS n, min(seq) AS low, max(seq) AS high,
           array_agg(seq::text ORDER BY seq) FILTER (WHERE ${Prisma.join(open, ' AND ')}) AS seqs FROM candidates`;
  const matched = (row!.seqs ?? []).map(BigInt);
  if (span.older) matched.reverse();
  const last = row!.n < limit ? end : span.older ? row!.low! : row!.high!;
  // What is found beyond the wanted is found again from there.
  return matched.length < wanted ? { seqs: matched, reached: last } : { seqs: matched.slice(0, wanted), reached: matched[wanted - 1]! };
}

/** Most that a total counts; beyond it says "at least". */
export const COUNT_CAP = 10_000;

/** How many rows match, up to {@link COUNT_CAP}; `exact: false` is "at least". Several filters are counted as far as a small budget reaches. */
export async function countMatches(tx: Tx, search: Search, whole: Span): Promise<{ count: number; exact: boolean }> {
  const [driver] = search.drivers;
  if (driver !== undefined && openConditions(search, driver).length === 0) {
    const [row] = await tx.$queryRaw<{ n: number }[]>`SELECT count(*)::int AS n FROM (${driver.any(COUNT_CAP + 1)}) AS counted`;
    return { count: Math.min(row!.n, COUNT_CAP), exact: row!.n <= COUNT_CAP };
  }
  const { seqs, done } = await walkPositions(tx, search, whole, COUNT_CAP + 1, { steps: 400, milliseconds: 300 });
  return { count: Math.min(seqs.length, COUNT_CAP), exact: done && seqs.length <= COUNT_CAP };
}

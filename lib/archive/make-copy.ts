import 'server-only';
import { createHash, hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { inRanges, readRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { COPY_COLUMNS, COPY_FORM, type CopyColumn, type CopyRow, copyRow } from './copy-rows';
import { type FetchFailure, readSegment } from './fetch-segment';
import { quoted, withDuckDb } from './open-duckdb';
import type { Segment } from './segments';

type Ledger = { id: number; origin: string };

/** Making one takes a second or two; one that takes so much longer is given up. */
export const MAKING_MOST_MS = 300_000;
const ROW_GROUP = 4_096;
/** Positions of a row of destruction_items. */
const DESTRUCTION_BLOCK = 32_768n;

/** A file on this machine whose bytes are those that were made. */
export interface Copy {
  file: string;
}

/** Where this machine keeps copies of a ledger's segments. @returns null where none may be kept */
export function copiesFolder(ledger: { origin: string }): string | null {
  const { ARCHIVE_COPIES_DIR } = env();
  return ARCHIVE_COPIES_DIR === undefined ? null : path.join(path.resolve(ARCHIVE_COPIES_DIR), hash('sha256', ledger.origin).slice(0, 24));
}

/**
 * The copy of a segment, hashed now: `absent` where there is none here, `wrong` where one lies here that is not what was made, which is taken away.
 * @param known digests in archive_copies, in hexadecimal
 */
export async function findCopy(folder: string, segment: Segment, known: readonly string[]): Promise<Copy | 'absent' | 'wrong'> {
  let wrong = false;
  for (const sha256 of known) {
    const file = path.join(folder, copyName(segment.number, sha256));
    const found = await digestOf(file);
    if (found === sha256) return { file };
    if (found === null) continue;
    wrong = true;
    await rm(file, { force: true });
  }
  return wrong ? 'wrong' : 'absent';
}

/** Of several segments at once. */
export async function knownCopies(ledgerId: number, numbers: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const { rows } = await pool('verification').query<{ number: string; sha256: string }>(
    `SELECT number, encode(sha256, 'hex') AS sha256 FROM archive_copies WHERE ledger_id = $1 AND number = ANY ($2::bigint[]) AND form = $3`,
    [ledgerId, numbers.map(String), COPY_FORM],
  );
  const known = new Map<bigint, string[]>();
  for (const { number, sha256 } of rows) known.set(BigInt(number), [...(known.get(BigInt(number)) ?? []), sha256]);
  return known;
}

const underWay = new Map<string, Promise<Copy | FetchFailure>>();
/** One at a time: it is not to be felt by whoever sends records to this process. */
let turn: Promise<unknown> = Promise.resolve();

/** Fetches a segment, verifies it as for a reader, and writes a copy of it that can be searched. One that another request is making is waited for. */
export function makeCopy(ledger: Ledger, segment: Segment, folder: string): Promise<Copy | FetchFailure> {
  const name = `${folder} ${segment.number}`;
  const begun = underWay.get(name);
  if (begun !== undefined) return begun;
  const making = turn.then(() => make(ledger, segment, folder)).finally(() => underWay.delete(name));
  turn = making.catch(() => {});
  underWay.set(name, making);
  return making;
}

async function make(ledger: Ledger, segment: Segment, folder: string): Promise<Copy | FetchFailure> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = path.join(folder, `.draft-${randomUUID()}.parquet`);
  // In this order: what is destroyed after it was looked for here drops this copy.
  const drops = await dropsOf(ledger.id, segment.number);
  const destroyed = await destroyedIn(ledger.id, segment);
  try {
    const failure = await withDuckDb({ files: [draft], threads: 1, timeoutMs: MAKING_MOST_MS }, (connection) =>
      write(connection, ledger, segment, { draft, destroyed }),
    );
    if (failure !== null) return failure;
    await chmod(draft, 0o400);
    const sha256 = (await digestOf(draft))!;
    const file = path.join(folder, copyName(segment.number, sha256));
    await rename(draft, file);
    const { rows } = await pool('verification').query<{ kept: boolean }>(
      `SELECT archive_copy_made($1, $2, $3, $4, decode($5, 'hex'), $6, $7) AS kept`,
      [ledger.id, String(segment.number), drops, COPY_FORM, sha256, segment.rows, (await stat(file)).size],
    );
    if (rows[0]!.kept) return { file };
    await rm(file, { force: true });
    return { state: 'unreachable', say: `Records of segment ${segment.number} were destroyed just now; search again in a moment.` };
  } finally {
    await rm(draft, { force: true });
  }
}

/** @returns null, or why what lies in the archive cannot be had: nothing is written then */
async function write(
  connection: DuckDBConnection,
  ledger: Ledger,
  segment: Segment,
  { draft, destroyed }: { draft: string; destroyed: readonly SeqRange[] },
): Promise<FetchFailure | null> {
  const columns = Object.entries(COPY_COLUMNS)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
  let appender: DuckDBAppender | null = null;
  const failure = await readSegment(ledger, segment, {
    begin: async () => {
      appender?.closeSync();
      await connection.run(`CREATE OR REPLACE TABLE copy (${columns})`);
      appender = await connection.createAppender('copy');
    },
    entry: ({ header: { seq }, body }) => {
      if (!inRanges(destroyed, seq)) append(appender!, copyRow(seq, body));
    },
  });
  (appender as DuckDBAppender | null)?.closeSync();
  if (failure !== null) return failure;
  await connection.run(
    `COPY (SELECT * FROM copy ORDER BY seq) TO ${quoted(draft)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP}, USE_TMP_FILE false)`,
  );
  return null;
}

function append(appender: DuckDBAppender, row: CopyRow): void {
  for (const [name, type] of Object.entries(COPY_COLUMNS) as [CopyColumn, string][]) {
    const value = row[name];
    if (value === null) appender.appendNull();
    else if (type === 'BIGINT') appender.appendBigInt(value as bigint);
    else if (type === 'INTEGER') appender.appendInteger(value as number);
    else if (type === 'BLOB') appender.appendBlob(value as Buffer);
    else appender.appendVarchar(value as string);
  }
  appender.endRow();
}

/**
 * Takes the copies of a segment away, here and, by their digests, everywhere. **For whoever destroys records**: a copy holds bodies in the clear, so that this is called for
 * each segment that holds any of them, archived alone or not, after what is destroyed was entered (destruction_items) and before anybody is told that it is. What is made
 * anew leaves that out; one that was being made when this was called is not kept. Other machines take their files away when they next look after their copies
 * (prepare-copies.ts), and search in none of them before.
 */
export async function dropDerived(ledger: Ledger, segment: { number: bigint }): Promise<void> {
  await pool('verification').query('SELECT archive_copies_drop($1, $2)', [ledger.id, String(segment.number)]);
  const folder = copiesFolder(ledger);
  if (folder !== null) await removeWhere(folder, (number) => number === segment.number);
}

async function removeWhere(folder: string, which: (number: bigint) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const number = /^(\d+)-[0-9a-f]{64}\.parquet$/.exec(name)?.[1];
    if (number !== undefined && which(BigInt(number))) await rm(path.join(folder, name), { force: true });
  }
}

/** The name of its file. */
export function copyName(number: bigint, sha256: string): string {
  return `${String(number).padStart(12, '0')}-${sha256}.parquet`;
}

async function digestOf(file: string): Promise<string | null> {
  const digest = createHash('sha256');
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) digest.update(piece as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return digest.digest('hex');
}

/** Positions of a segment whose records are destroyed, though its object still has them. */
async function destroyedIn(ledgerId: number, { firstSeq, lastSeq }: Segment): Promise<SeqRange[]> {
  const { rows } = await pool('verification').query<{ seqs: string }>(
    `SELECT range_agg(destroyed)::text AS seqs FROM destruction_items WHERE ledger_id = $1 AND block BETWEEN $2 AND $3 HAVING range_agg(destroyed) IS NOT NULL`,
    [ledgerId, Number(firstSeq / DESTRUCTION_BLOCK), Number(lastSeq / DESTRUCTION_BLOCK)],
  );
  const gone = readRanges(rows[0]?.seqs ?? '{}');
  if (gone === null) throw new TypeError('destroyed positions cannot be read');
  return gone;
}

async function dropsOf(ledgerId: number, number: bigint): Promise<number> {
  const { rows } = await pool('verification').query<{ times: number }>(
    'SELECT times FROM archive_copy_drops WHERE ledger_id = $1 AND number = $2',
    [ledgerId, String(number)],
  );
  return rows[0]?.times ?? 0;
}

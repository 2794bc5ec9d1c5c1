import 'server-only';
import { createHash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import type { SegmentTotals, SeqRange } from '@/lib/chain/archive-segment';
import { formatEntryLine, SegmentWalk } from '@/lib/chain/archive-segment';
import { pagePositions } from '@/lib/chain/page-positions';
import { pool } from '@/lib/db';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { ArchiveFault } from './archive-fault';

export interface BuiltSegment {
  /** What is stored: a few megabytes. */
  gzip: Buffer;
  gzipSha256: Buffer;
  rawSha256: Buffer;
  totals: SegmentTotals;
}

/** As many are told at once. */
const FAULTS = 1_000;
/** Records a query. */
const PAGE = 1_000;

interface Row {
  seq: string;
  id: string;
  received_at_us: string;
  conversation_seq: string;
  body_hash: Buffer;
  submitted: Buffer;
  previous_hash: Buffer;
  integrity_hash: Buffer;
  body: Buffer;
}

/**
 * The lines of a segment out of the database, packed. Made twice they are the same bytes, so that a try after a crash puts what the first one put.
 * @throws ArchiveFault evidence: a body, a hash or a link is not what it must be, with every position of which that is so; not_there: records are gone
 */
export async function buildSegment(ledgerId: number, ranges: readonly SeqRange[], signal?: AbortSignal): Promise<BuiltSegment> {
  const raw = createHash('sha256');
  const walk = new SegmentWalk({ hash: nodeSha256, most: FAULTS });
  const seqs: bigint[] = [];
  const packed: Buffer[] = [];
  const gzip = createGzip({ level: 6 });
  gzip.on('data', (piece: Buffer) => packed.push(piece));
  const ended = new Promise<void>((resolve, reject) => gzip.once('end', resolve).once('error', reject));
  for (const page of pagePositions(ranges, PAGE)) {
    signal?.throwIfAborted();
    const rows = await readPage(ledgerId, page);
    seqs.push(...page);
    if (rows.length !== page.length)
      throw new ArchiveFault(
        'not_there',
        `Of ${page.length} records from ${page[0]} on, ${page.length - rows.length} are not in the database. A verification tells more.`,
      );
    const lines = Buffer.concat(rows.map((row) => formatEntryLine(toEntry(row))));
    walk.push(lines);
    // The rest is looked at all the same: what is altered is told at once, and not one by one.
    if (walk.faults.length > 0) continue;
    raw.update(lines);
    if (!gzip.write(lines)) await new Promise<void>((resolve) => gzip.once('drain', () => resolve()));
  }
  gzip.end();
  await ended;
  const [fault] = walk.faults;
  if (fault !== undefined)
    throw new ArchiveFault(
      'evidence',
      `Record ${seqs[fault.line - 1]} is not what its entry says (${fault.code}); it is not archived. A verification tells more.`,
      // A line that cannot be read has a place all the same.
      [...new Set(walk.faults.map(({ line }) => seqs[line - 1]!))],
    );
  const bytes = Buffer.concat(packed);
  return { gzip: bytes, gzipSha256: Buffer.from(nodeSha256(bytes)), rawSha256: raw.digest(), totals: walk.finish() };
}

async function readPage(ledgerId: number, seqs: readonly bigint[]): Promise<Row[]> {
  const { rows } = await pool('verification').query<Row>(
    `SELECT e.seq, e.id, e.received_at_us, e.conversation_seq, e.body_hash, e.submitted, e.previous_hash, e.integrity_hash, r.body
       FROM entries e JOIN records r ON r.ledger_id = e.ledger_id AND r.seq = e.seq
      WHERE e.ledger_id = $1 AND e.seq = ANY ($2::bigint[]) AND r.ledger_id = $1 AND r.seq BETWEEN $3 AND $4 ORDER BY e.seq`,
    [ledgerId, seqs.map(String), String(seqs[0]), String(seqs.at(-1))],
  );
  return rows;
}

function toEntry(row: Row) {
  return {
    header: {
      seq: BigInt(row.seq),
      receivedAtUs: BigInt(row.received_at_us),
      conversationSeq: BigInt(row.conversation_seq),
      previousHash: row.previous_hash,
      bodyHash: row.body_hash,
    },
    id: row.id,
    integrityHash: row.integrity_hash,
    submitted: row.submitted,
    body: row.body,
  };
}

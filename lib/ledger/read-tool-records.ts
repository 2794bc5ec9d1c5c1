import 'server-only';
import type { RecordBody } from '@/lib/schema/screens';
import { Prisma } from '@/prisma/generated/client';
import { formatMicroseconds } from './append-batch';
import type { Tx } from './bounded-read';
import { decodeBody } from './decode-body';
import type { LedgerRow } from './find-ledger';
import { findPositionAt } from './find-position-at';
import { recordsOf } from './read-entries';

/** What the registry is about. */
const ACTIONS = ['tool_invoked', 'data_accessed', 'data_modified'] as const;
export type ToolAction = (typeof ACTIONS)[number];

const STEP = 500;
/** Bodies have up to 64 KiB: what is read at once is bounded by their bytes too. */
const BYTES = 24 * 1024 * 1024;
const MILLISECONDS = 3_000;

export interface ToolRecords {
  /** Newest first. */
  records: { id: string; body: RecordBody }[];
  /** When the oldest of them was received; null where there are none. */
  since: string | null;
  /** Nothing was left out. */
  complete: boolean;
}

/**
 * The newest calls of tools and accesses of data that were received at or after a moment, by the index of actions, at most `most`.
 * @param fromUs microseconds since 1970
 */
export async function readToolRecords(
  tx: Tx,
  ledger: Pick<LedgerRow, 'id'>,
  fromUs: bigint,
  most: number,
  actions: readonly ToolAction[] = ACTIONS,
): Promise<ToolRecords> {
  const before = await findPositionAt(tx, ledger.id, fromUs - 1n);
  const deadline = Date.now() + MILLISECONDS;
  const records: ToolRecords['records'] = [];
  let below = 2n ** 62n;
  let bytes = 0;
  for (;;) {
    if (records.length >= most || bytes >= BYTES || Date.now() > deadline) break;
    const seqs = await newest(tx, ledger, actions, before ?? -1n, below, Math.min(STEP, most - records.length));
    if (seqs.length === 0)
      return { records, since: await receivedAt(tx, ledger, below), complete: !(await anyArchived(tx, ledger, before ?? -1n)) };
    const rows = await tx.$queryRaw<{ id: string; body: Uint8Array }[]>`
      SELECT id::text, body FROM ${recordsOf(ledger)} WHERE ledger_id = ${ledger.id} AND seq = ANY (${seqs.map(String)}::bigint[]) ORDER BY seq DESC`;
    for (const row of rows) {
      bytes += row.body.length;
      const body = decodeBody(row.body);
      if (body !== null) records.push({ id: row.id, body });
    }
    below = seqs[seqs.length - 1]!;
  }
  const more = await newest(tx, ledger, actions, before ?? -1n, below, 1);
  return { records, since: await receivedAt(tx, ledger, below), complete: more.length === 0 };
}

/** Whether records behind a position are in the archive alone: no call among them is seen here. */
async function anyArchived(tx: Tx, ledger: Pick<LedgerRow, 'id'>, behind: bigint): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ any: boolean }[]>`
    SELECT EXISTS (SELECT FROM archive_segments WHERE ledger_id = ${ledger.id} AND last_seq > ${behind} AND pruned_rows > 0) AS any`;
  return row!.any;
}

/** Positions between two others (neither included), newest first; an action at a time, so that each walks its index. */
async function newest(
  tx: Tx,
  ledger: Pick<LedgerRow, 'id'>,
  actions: readonly ToolAction[],
  above: bigint,
  below: bigint,
  wanted: number,
): Promise<bigint[]> {
  const each = actions.map(
    (action) =>
      Prisma.sql`(SELECT seq FROM ${recordsOf(ledger)} WHERE action = ${action} AND seq > ${above} AND seq < ${below} ORDER BY seq DESC LIMIT ${wanted})`,
  );
  const rows = await tx.$queryRaw<{ seq: bigint }[]>(Prisma.join(each, ' UNION ALL '));
  return rows
    .map((row) => row.seq)
    .sort((a, b) => (a < b ? 1 : -1))
    .slice(0, wanted);
}

async function receivedAt(tx: Tx, ledger: Pick<LedgerRow, 'id'>, seq: bigint): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ received_at_us: bigint }[]>`
    SELECT received_at_us FROM entries WHERE ledger_id = ${ledger.id} AND seq = ${seq}`;
  return row === undefined ? null : formatMicroseconds(row.received_at_us);
}

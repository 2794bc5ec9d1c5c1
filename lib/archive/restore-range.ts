import 'server-only';
import { inRanges } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { type Projection, projectBody } from '@/lib/ledger/project-body';
import { findDestroyed } from '@/lib/ledger/read-destroyed';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { ALTERED, ArchiveFault, LEASE_LOST, sqlState } from './archive-fault';
import { awaitLease, type Lease } from './archive-lease';
import { fetchSegment } from './fetch-segment';
import { archivedBetween, type Segment } from './segments';

export interface RestoreTask {
  ledger: Pick<LedgerRow, 'id' | 'origin'>;
  /** Positions, both ends included. */
  from: bigint;
  to: bigint;
  /** Until then no archival takes them away again. */
  hotUntil: Date;
  leaseMs?: number;
  /** Told once where another process archives or restores this ledger, and this waits until that has ended. */
  onWait?: () => void;
  onProgress?: (restored: number) => void;
  signal?: AbortSignal;
}

/** Records a transaction. */
const STEP = 1_000;
/** Segments a query. */
const PAGE = 20;

/**
 * Puts archived records back into the database: fetched and verified as for a reader, and taken by the database only where each body is the one that its entry
 * names. The copies in the archive stay. Asked for again it goes on. Where another process works at this
 * ledger it is waited for.
 * @returns how many were not there.
 * @throws ArchiveFault lost; store or contradicted, where what lies in the archive cannot be had
 */
export async function restoreRange(task: RestoreTask): Promise<number> {
  const { ledger, from, to } = task;
  const lease = await awaitLease(ledger.id, task);
  const signal = task.signal === undefined ? lease.signal : AbortSignal.any([task.signal, lease.signal]);
  try {
    let restored = 0;
    for (let behind = 0n; ; ) {
      // By the segments that there are: a range may go on far beyond them.
      const page = await archivedBetween(ledger.id, from, to, behind, PAGE);
      for (const segment of page) {
        signal.throwIfAborted();
        restored += await restoreSegment({ ...task, signal }, lease, segment);
        behind = segment.number;
      }
      if (page.length < PAGE) return restored;
    }
  } catch (error) {
    if (sqlState(error) === LEASE_LOST || lease.signal.aborted)
      throw new ArchiveFault('lost', 'Another process has taken over the archival of this ledger.');
    if (sqlState(error) === ALTERED)
      throw new ArchiveFault('contradicted', 'What the archive holds are not the bodies that the entries name. A verification tells more.');
    throw error;
  } finally {
    await lease.letGo().catch(() => {});
  }
}

async function restoreSegment(
  { ledger, from, to, hotUntil, signal, onProgress }: RestoreTask,
  lease: Lease,
  segment: Segment,
): Promise<number> {
  // What was destroyed does not come back, whatever a locked object still holds.
  const destroyed = await findDestroyed(ledger.id, positionsIn(segment, from, to));
  const fetched = await fetchSegment(ledger, segment);
  if ('say' in fetched) throw new ArchiveFault(fetched.state === 'unreachable' ? 'store' : 'contradicted', fetched.say);
  let restored = 0;
  let page: { seq: bigint; body: Buffer; columns: Projection }[] = [];
  const flush = async () => {
    if (page.length === 0) return;
    signal?.throwIfAborted();
    const { rows } = await pool('archive').query<{ restored: number }>(
      RESTORE,
      valuesOf(ledger.id, lease.fence, segment.number, hotUntil, page),
    );
    restored += rows[0]!.restored;
    onProgress?.(rows[0]!.restored);
    page = [];
  };
  const first = segment.firstSeq > from ? segment.firstSeq : from;
  const last = segment.lastSeq < to ? segment.lastSeq : to;
  for (let seq = first; seq <= last; seq++) {
    if (!inRanges(segment.ranges, seq) || destroyed.has(seq) || fetched.destroyed(seq)) continue;
    const body = fetched.body(seq);
    const columns = body === undefined ? null : projectBody(body);
    if (body === undefined || columns === null)
      throw new ArchiveFault('contradicted', `The archive has no record ${seq} that can be read.`);
    page.push({ seq, body, columns });
    if (page.length === STEP) await flush();
  }
  await flush();
  return restored;
}

function positionsIn({ ranges }: Segment, from: bigint, to: bigint): bigint[] {
  const seqs: bigint[] = [];
  for (const range of ranges) for (let seq = range.from > from ? range.from : from; seq <= range.to && seq <= to; seq++) seqs.push(seq);
  return seqs;
}

const RESTORE = `SELECT restore_records($1, $2, $3, $4, $5::bigint[], $6::bytea[], $7::uuid[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
  $14::text[], $15::text[], $16::text[], $17::text[], $18::smallint[], $19::text[], $20::text[], $21::text[], $22::boolean[]) AS restored`;

function valuesOf(
  ledgerId: number,
  fence: string,
  number: bigint,
  hotUntil: Date,
  page: readonly { seq: bigint; body: Buffer; columns: Projection }[],
): unknown[] {
  const column = <T>(pick: (columns: Projection) => T) => page.map(({ columns }) => pick(columns));
  return [
    ledgerId,
    fence,
    String(number),
    hotUntil,
    page.map(({ seq }) => String(seq)),
    page.map(({ body }) => body),
    column((c) => c.id),
    column((c) => new Date(c.occurredAt).toISOString()),
    column((c) => c.action),
    column((c) => c.actorId),
    column((c) => c.actorType),
    column((c) => c.conversationId),
    column((c) => c.agentName),
    column((c) => c.resourceType),
    column((c) => c.resourceId),
    column((c) => c.subjectId),
    column((c) => c.outcome),
    column((c) => (c.classification !== null && c.classification < CLASSIFICATIONS.length ? c.classification : null)),
    column((c) => c.tool),
    column((c) => c.model),
    column((c) => c.domains),
    column((c) => c.phi),
  ];
}

import 'server-only';
import type { ArchiveRunDto, HoldFaults, SegmentStateName } from '@/lib/schema/archive';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { Tx } from './bounded-read';
import { type ArchiveRunRow, listArchiveRunsBetween } from './read-archive-runs';

export interface ArchiveFigures {
  states: Record<SegmentStateName, number>;
  records: number;
  alone: number;
  bytes: number;
  held: number;
  /** Whose legal hold is not as it ought to be. */
  unheld: HoldFaults | null;
  /** Whose lock ends before its records may go. */
  short: number;
  schedule: { on: boolean; at: string };
}

/** Over the rows of segments: some hundred at ten million records. */
export async function readArchiveFigures(tx: Tx, ledgerId: number): Promise<ArchiveFigures> {
  const rows = await tx.$queryRaw<
    { state: keyof ArchiveFigures['states']; n: number; records: bigint; alone: bigint; bytes: bigint; held: number; short: number }[]
  >`
    SELECT state, count(*)::int AS n, sum(rows)::bigint AS records, sum(pruned_rows)::bigint AS alone, coalesce(sum(gzip_bytes), 0)::bigint AS bytes,
           (count(*) FILTER (WHERE legal_hold))::int AS held,
           (count(*) FILTER (WHERE lock_mode <> 'NONE' AND removed_at IS NULL AND keep_until >= (locked_until AT TIME ZONE 'UTC')::date))::int AS short
      FROM archive_segments WHERE ledger_id = ${ledgerId} GROUP BY state`;
  const [schedule] = await tx.$queryRaw<{ scheduled: boolean; at: string }[]>`
    SELECT scheduled, to_char(at, 'HH24:MI') AS at FROM archive_settings WHERE ledger_id = ${ledgerId}`;
  const figures: ArchiveFigures = {
    states: { planned: 0, uploaded: 0, confirmed: 0, pruned: 0, abandoned: 0 },
    records: 0,
    alone: 0,
    bytes: 0,
    held: 0,
    unheld: await readHoldFaults(tx, ledgerId),
    short: 0,
    schedule: { on: schedule?.scheduled ?? false, at: schedule?.at ?? '03:00' },
  };
  for (const row of rows) {
    figures.states[row.state] = row.n;
    if (row.state !== 'confirmed' && row.state !== 'pruned') continue;
    figures.records += Number(row.records);
    figures.alone += Number(row.alone);
    figures.bytes += Number(row.bytes);
    figures.held += row.held;
    figures.short += row.short;
  }
  return figures;
}

/** Segments whose legal hold the store did not take, or whose objects were not found held; what the oldest of them met. */
export async function readHoldFaults(tx: Tx, ledgerId: number): Promise<HoldFaults | null> {
  const [row] = await tx.$queryRaw<{ segments: number; since: Date; say: string }[]>`
    SELECT (count(*) OVER ())::int AS segments, legal_hold_failed_at AS since, coalesce(legal_hold_fault, '') AS say FROM archive_segments
     WHERE ledger_id = ${ledgerId} AND legal_hold_failed_at IS NOT NULL AND removed_at IS NULL ORDER BY legal_hold_failed_at, number LIMIT 1`;
  return row === undefined ? null : { ...row, since: row.since.toISOString() };
}

/** Records whose bodies are in the archive alone: filters of records, which look at the database, do not reach them. */
export async function countArchivedAlone(tx: Tx, ledgerId: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ alone: bigint }[]>`
    SELECT coalesce(sum(pruned_rows), 0)::bigint AS alone FROM archive_segments WHERE ledger_id = ${ledgerId}`;
  return Number(row!.alone);
}

/** Runs of a page. */
export const RUNS_PAGE = 100;

/** @throws RefusalError format at /before, for one that this list did not give out; a bare time is one too */
export function readRunCursor(before: string | null): { at: Date; id: string } | null {
  if (before === null || before === '') return null;
  const [time = '', id = '00000000-0000-0000-0000-000000000000'] = before.split('_');
  const at = new Date(time);
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(time) || Number.isNaN(at.getTime()) || !/^[0-9a-f-]{36}$/.test(id))
    throw new RefusalError('format', 'The cursor "before" is none that this list gave out.', '/before');
  return { at, id };
}

/** Newest first, a page at a time. */
export async function listArchiveRuns(
  tx: Tx,
  ledgerId: number,
  after: { at: Date; id: string } | null,
): Promise<{ rows: ArchiveRunDto[]; next_before: string | null }> {
  const found = await listArchiveRunsBetween(tx, ledgerId, { from: null, before: new Date('9999-12-31'), after }, RUNS_PAGE + 1);
  const rows = found.slice(0, RUNS_PAGE);
  const last = rows.at(-1);
  return {
    rows: await withProgress(tx, rows),
    next_before: found.length > RUNS_PAGE && last !== undefined ? `${last.requested_at}_${last.id}` : null,
  };
}

/** Those that wait or go on: a few at most. */
export async function listOpenRuns(tx: Tx, ledgerId: number): Promise<ArchiveRunDto[]> {
  const open = await tx.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM archive_runs r JOIN jobs j ON j.id = r.id WHERE j.ledger_id = ${ledgerId} AND j.kind IN ('archive', 'restore') AND j.state IN ('queued', 'running')
     ORDER BY r.requested_at`;
  const runs: ArchiveRunDto[] = [];
  for (const { id } of open) {
    const run = await findArchiveRun(tx, ledgerId, id);
    if (run !== null) runs.push(run);
  }
  return runs;
}

/** @returns null where this ledger has none of that id */
export async function findArchiveRun(tx: Tx, ledgerId: number, id: string): Promise<ArchiveRunDto | null> {
  if (!isUuid(id)) return null;
  const [at] = await tx.$queryRaw<
    { requested_at: Date }[]
  >`SELECT requested_at FROM archive_runs WHERE id = ${id}::uuid AND ledger_id = ${ledgerId}`;
  if (at === undefined) return null;
  const before = new Date(at.requested_at.getTime() + 1);
  const rows = await listArchiveRunsBetween(tx, ledgerId, { from: at.requested_at, before, after: null }, RUNS_PAGE);
  return (
    (
      await withProgress(
        tx,
        rows.filter((row) => row.id === id),
      )
    )[0] ?? null
  );
}

async function withProgress(tx: Tx, rows: readonly ArchiveRunRow[]): Promise<ArchiveRunDto[]> {
  const jobs = await tx.$queryRaw<{ id: string; done: bigint; total: bigint | null; error: string | null; started_at: Date | null }[]>`
    SELECT id, progress_done AS done, progress_total AS total, error, started_at FROM jobs WHERE id = ANY (${rows.map(({ id }) => id)}::uuid[])`;
  const of = new Map(jobs.map((job) => [job.id, job]));
  return rows.map((row) => {
    const job = of.get(row.id);
    return {
      ...row,
      state: row.state as ArchiveRunDto['state'],
      started_at: job?.started_at?.toISOString() ?? null,
      outcome: row.outcome ?? job?.error ?? null,
      progress: { done: Number(job?.done ?? 0n), total: job?.total == null ? null : Number(job.total) },
    };
  });
}

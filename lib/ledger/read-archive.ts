import 'server-only';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import { isUuid } from '@/lib/schema/uuid';
import type { Tx } from './bounded-read';
import { type ArchiveRunRow, listArchiveRunsBetween } from './read-archive-runs';

export interface ArchiveFigures {
  states: Record<'planned' | 'uploaded' | 'confirmed' | 'pruned', number>;
  records: number;
  alone: number;
  bytes: number;
  held: number;
  schedule: { on: boolean; at: string };
}

/** Over the rows of segments: some hundred at ten million records. */
export async function readArchiveFigures(tx: Tx, ledgerId: number): Promise<ArchiveFigures> {
  const rows = await tx.$queryRaw<
    { state: keyof ArchiveFigures['states']; n: number; records: bigint; alone: bigint; bytes: bigint; held: number }[]
  >`
    SELECT state, count(*)::int AS n, sum(rows)::bigint AS records, sum(pruned_rows)::bigint AS alone, coalesce(sum(gzip_bytes), 0)::bigint AS bytes,
           (count(*) FILTER (WHERE legal_hold))::int AS held
      FROM archive_segments WHERE ledger_id = ${ledgerId} GROUP BY state`;
  const [schedule] = await tx.$queryRaw<{ scheduled: boolean; at: string }[]>`
    SELECT scheduled, to_char(at, 'HH24:MI') AS at FROM archive_settings WHERE ledger_id = ${ledgerId}`;
  const figures: ArchiveFigures = {
    states: { planned: 0, uploaded: 0, confirmed: 0, pruned: 0 },
    records: 0,
    alone: 0,
    bytes: 0,
    held: 0,
    schedule: { on: schedule?.scheduled ?? false, at: schedule?.at ?? '03:00' },
  };
  for (const row of rows) {
    figures.states[row.state] = row.n;
    if (row.state === 'planned' || row.state === 'uploaded') continue;
    figures.records += Number(row.records);
    figures.alone += Number(row.alone);
    figures.bytes += Number(row.bytes);
    figures.held += row.held;
  }
  return figures;
}

const RUNS_SHOWN = 100;

/** Newest first, before a moment. */
export async function listArchiveRuns(tx: Tx, ledgerId: number, before: Date | null): Promise<ArchiveRunDto[]> {
  const rows = await listArchiveRunsBetween(
    tx,
    ledgerId,
    { from: null, before: before ?? new Date('9999-12-31'), after: null },
    RUNS_SHOWN,
  );
  return withProgress(tx, rows);
}

/** @returns null where this ledger has none of that id */
export async function findArchiveRun(tx: Tx, ledgerId: number, id: string): Promise<ArchiveRunDto | null> {
  if (!isUuid(id)) return null;
  const [at] = await tx.$queryRaw<
    { requested_at: Date }[]
  >`SELECT requested_at FROM archive_runs WHERE id = ${id}::uuid AND ledger_id = ${ledgerId}`;
  if (at === undefined) return null;
  const before = new Date(at.requested_at.getTime() + 1);
  const rows = await listArchiveRunsBetween(tx, ledgerId, { from: at.requested_at, before, after: null }, RUNS_SHOWN);
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
  const jobs = await tx.$queryRaw<{ id: string; done: bigint; total: bigint | null; error: string | null }[]>`
    SELECT id, progress_done AS done, progress_total AS total, error FROM jobs WHERE id = ANY (${rows.map(({ id }) => id)}::uuid[])`;
  const of = new Map(jobs.map((job) => [job.id, job]));
  return rows.map((row) => {
    const job = of.get(row.id);
    return {
      ...row,
      state: row.state as ArchiveRunDto['state'],
      outcome: row.outcome ?? job?.error ?? null,
      progress: { done: Number(job?.done ?? 0n), total: job?.total == null ? null : Number(job.total) },
    };
  });
}

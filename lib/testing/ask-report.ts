import type { Viewer } from '@/lib/auth/viewer';
import { runJob, type Task } from '@/lib/jobs/run-job';
import { downloadReport, readReport, requestReport } from '@/lib/reports/manage-reports';
import { makeReport, REPORT } from '@/lib/reports/run-report';
import type { RefusalError } from '@/lib/schema/errors';
import type { ReportDto, ReportWish } from '@/lib/schema/reports';

/** Reports asked for and made in a test, where nobody signs: what is not covered stays so, and nobody waits for it. */
export const reportTask: Task = (job) => makeReport(job, 0);

export const reportWish = (part: Partial<ReportWish>): ReportWish => ({
  kind: 'records',
  query: '',
  columns: [],
  formats: ['csv', 'pdf'],
  ...part,
});

export const runReportJob = (id: string) => runJob(id, { [REPORT]: reportTask }, new AbortController().signal);

/** @param slug of the ledger that is open */
export async function askReport(viewer: Viewer, slug: string, part: Partial<ReportWish>): Promise<ReportDto> {
  const { id, ledger } = await requestReport(viewer, slug, reportWish(part));
  await runReportJob(id);
  return readReport(viewer, ledger, id);
}

export async function takeReport(viewer: Viewer, made: ReportDto, format: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of (await downloadReport(viewer, made.ledger, made.id, format)).pieces) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @returns the code of a refusal; null where nothing was refused */
export function refusalOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: RefusalError) => error.code,
  );
}

/** Rows of the JSONL; what they hold differs by kind. */
export const readLines = (bytes: Buffer) =>
  bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { withAccessLedger } from '@/lib/access-log/with-access-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { pool, prisma } from '@/lib/db';
import { cancelJob } from '@/lib/jobs/cancel-job';
import { countOpen } from '@/lib/jobs/count-open';
import { enqueue, wakeQueue } from '@/lib/jobs/queue';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { readHead } from '@/lib/ledger/read-entries';
import { findReport, listReports, nextReports, readReportCursor } from '@/lib/ledger/read-reports';
import { RefusalError } from '@/lib/schema/errors';
import { REPORT_FILES, REPORT_FORMATS, type ReportDto, type ReportFile, type ReportFormat, type ReportWish } from '@/lib/schema/reports';
import { REPORT_SOURCES } from './report-kinds';
import { chooseColumns } from './report-source';
import { REPORT } from './run-report';

/** Reports that may wait or be made at once for one ledger. */
const OPEN_REPORTS = 10;
const SCREEN = '/api/v1/reports';

/**
 * Asks for a report. It is entered in the access ledger in the transaction that makes the job, before a row of it is read.
 * @throws RefusalError reauthentication_required, forbidden where the list itself is not for this role, format, conflict, and as auditedChange
 */
export async function requestReport(viewer: Viewer, asked: string | null, wish: ReportWish): Promise<ReportDto> {
  const source = REPORT_SOURCES[wish.kind];
  const { canonical, filters } = source.read(wish.query);
  const columns = chooseColumns(source, wish.columns);
  const formats = formatsOf(wish.formats);
  const slug = source.access === true ? (await accessLedger()).slug : await chooseLedger(viewer, asked);
  // What the list itself takes is asked too: a role that may not see it may not take it away.
  const { ledger: looked } = await grant(viewer, slug, source.permission, SCREEN);
  if (looked.kind === 'access') await grant(viewer, slug, 'access_log.read', SCREEN);
  const record = ({ id }: { id: string }) => ({
    action: 'export_created' as const,
    screen: SCREEN,
    resource: { type: 'report', id },
    details: { list: wish.kind, filters: Object.fromEntries(filters), columns, formats },
  });
  const { id, ledgerId } = await auditedChange(viewer, slug, 'reports.export', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const open = await countOpen(tx, ledger.id, [REPORT]);
    if (open >= OPEN_REPORTS)
      throw new RefusalError('conflict', `${open} reports of this ledger are being made; wait for one, or cancel it.`);
    const requestedBy = viewer.person.email || viewer.person.name;
    const head = (await readHead(tx, ledger.id))?.seq ?? null;
    const id = await enqueue(tx, { kind: REPORT, ledgerId: ledger.id, params: {}, requestedBy });
    await tx.$executeRaw`
      INSERT INTO reports (id, ledger_id, kind, query, columns, formats, zone, head, requested_by)
      VALUES (${id}::uuid, ${ledger.id}, ${wish.kind}, ${canonical}, ${columns}::text[], ${formats}::text[], ${viewer.person.zone}, ${head}, ${requestedBy})`;
    return { id, ledgerId: ledger.id };
  });
  await wakeQueue([id]);
  return (await findReport(prisma(), ledgerId, id))!;
}

/** The lines of JSON are always among them: in the other files a text may be cut, or changed so that no spreadsheet carries it out. */
function formatsOf(wished: readonly ReportFormat[]): ReportFormat[] {
  return REPORT_FORMATS.filter((format) => format === 'jsonl' || wished.includes(format));
}

/** @throws RefusalError format at /before, and as auditedRead */
export async function readReports(
  viewer: Viewer,
  asked: string | null,
  before: string | null,
): Promise<{ rows: ReportDto[]; next_before: string | null }> {
  const cursor = readReportCursor(before);
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'reports.export', what, async (granted) => {
    const rows = await listReports(prisma(), await withAccessLedger(viewer, granted, 'reports.export'), cursor);
    return { rows, next_before: nextReports(rows) };
  });
}

/**
 * How far one has come, or what was made. While it goes on a page asks every second, and is told counts alone, without an entry of its own
 * (lib/access-log/exemptions.ts).
 * @throws RefusalError not_found, and as auditedRead
 */
export async function readReport(viewer: Viewer, asked: string | null, id: string): Promise<ReportDto> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}`;
  const { ledger } = await grant(viewer, slug, 'reports.export', screen);
  const made = found(await findReport(prisma(), ledger.id, id));
  if (made.state === 'queued' || made.state === 'running') return made;
  return auditedRead(viewer, slug, 'reports.export', { action: 'screen_viewed', screen, details: { report: id } }, async () => made);
}

/** @throws RefusalError not_found; conflict where it has ended already; and as auditedChange */
export async function cancelReport(viewer: Viewer, asked: string | null, id: string): Promise<ReportDto> {
  const what = {
    action: 'export_created' as const,
    screen: `${SCREEN}/{id}/cancel`,
    resource: { type: 'report', id },
    details: { change: 'cancelled' },
  };
  const ledger = await auditedChange(viewer, await chooseLedger(viewer, asked), 'reports.export', what, async (tx, granted) => {
    found(await findReport(tx, granted.ledger.id, id));
    if (!(await cancelJob(tx, id))) throw new RefusalError('conflict', 'This report has ended already.');
    return granted.ledger;
  });
  return found(await findReport(prisma(), ledger.id, id));
}

/**
 * One file of a report, piece by piece. That it was taken, with its hash, is entered before the first of them leaves.
 * @throws RefusalError reauthentication_required, before anything is entered; not_found; conflict while it is being made; expired; and as auditedRead
 */
export async function downloadReport(
  viewer: Viewer,
  asked: string | null,
  id: string,
  format: string,
): Promise<{ file: ReportDto['files'][number]; pieces: AsyncGenerator<Buffer> }> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}/files/{format}`;
  const { ledger } = await grant(viewer, slug, 'reports.export', screen);
  requireConfirmed(viewer);
  const made = found(await findReport(prisma(), ledger.id, id));
  await grant(viewer, slug, REPORT_SOURCES[made.kind].permission, screen);
  if (made.state === 'expired')
    throw new RefusalError('expired', 'The files of this report were kept for seven days. Ask for it again: the list as it is then.');
  if (made.state !== 'done') throw new RefusalError('conflict', 'This report is not ready.');
  const file = made.files.find((one) => one.format === format);
  if (file === undefined)
    throw new RefusalError('not_found', `This report has no file of that kind; there are ${REPORT_FILES.join(', ')}.`);
  const what = {
    action: 'export_downloaded' as const,
    screen,
    resource: { type: 'report', id },
    details: { list: made.kind, format: file.format, sha256: file.sha256 },
  };
  return auditedRead(viewer, slug, 'reports.export', what, async () => ({ file, pieces: readPieces(id, file.format) }));
}

async function* readPieces(id: string, format: ReportFile): AsyncGenerator<Buffer> {
  for (let ordinal = 0; ; ordinal++) {
    const { rows } = await pool('screens').query<{ bytes: Buffer }>(
      `SELECT p.bytes FROM reports r JOIN report_pieces p ON p.report_id = r.id AND p.attempt = r.attempt
        WHERE r.id = $1 AND p.format = $2 AND p.ordinal = $3`,
      [id, format, ordinal],
    );
    if (rows[0] === undefined) return;
    yield rows[0].bytes;
  }
}

function found(made: ReportDto | null): ReportDto {
  if (made === null) throw new RefusalError('not_found', 'There is no such report of this ledger.');
  return made;
}

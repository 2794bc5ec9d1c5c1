import 'server-only';
import { withAccessLedger } from '@/lib/access-log/with-access-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { listReports, nextReports, readReportCursor } from '@/lib/ledger/read-reports';
import type { ReportDto } from '@/lib/schema/reports';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

export interface ReportsView {
  reports: ReportDto[];
  /** Asks for older ones (`?before=`), null on the last page. */
  next_before: string | null;
}

/** The reports of a ledger and of the access log, whoever asked for them, newest first, 100 a page. @throws RefusalError format at /before */
export async function viewReports(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ReportsView> {
  const before = cursorOf(input.params?.get('before') ?? null);
  return auditedScreen(viewer, input, { permission: 'reports.export', screen: '/reports' }, async (granted) => {
    const reports = await listReports(prisma(), await withAccessLedger(viewer, granted, 'reports.export'), before);
    return { reports, next_before: nextReports(reports) };
  });
}

function cursorOf(before: string | null): ReturnType<typeof readReportCursor> {
  try {
    return readReportCursor(before);
  } catch (error) {
    if (error instanceof Error && error.name === 'RefusalError') refuse('format', error.message, '/before');
    throw error;
  }
}

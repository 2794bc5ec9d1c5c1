import 'server-only';
import type { ReportKind } from '@/lib/schema/reports';
import { INTEGRITY_MONTH } from './integrity-month';
import { ARCHIVE_RUNS } from './list-archive-runs';
import { CONVERSATIONS } from './list-conversations';
import { HOLDS } from './list-holds';
import { ACCESS_LOG, RECORDS } from './list-records';
import { RETENTION } from './list-retention';
import { VERIFICATIONS } from './list-verifications';
import type { ReportSource } from './report-source';
import { RETENTION_MONTH } from './retention-month';

/** Every kind of report, and how it is made. */
export const REPORT_SOURCES: Readonly<Record<ReportKind, ReportSource>> = {
  records: RECORDS,
  conversations: CONVERSATIONS,
  access_log: ACCESS_LOG,
  verifications: VERIFICATIONS,
  retention: RETENTION,
  holds: HOLDS,
  archive_runs: ARCHIVE_RUNS,
  integrity_month: INTEGRITY_MONTH,
  retention_month: RETENTION_MONTH,
};

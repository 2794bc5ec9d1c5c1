import { route } from '@/lib/auth/route';
import { readReport } from '@/lib/reports/manage-reports';
import { ReportAnswer } from '@/lib/schema/reports';

export const dynamic = 'force-dynamic';

export const GET = route(
  { permission: 'reports.export', answer: ReportAnswer, background: true, sessionOnly: true },
  ({ viewer, query, params }) => readReport(viewer, query.get('ledger'), params.id),
);

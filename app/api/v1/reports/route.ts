import { Answer, route } from '@/lib/auth/route';
import { readReports, requestReport } from '@/lib/reports/manage-reports';
import { ReportAnswer, ReportBody, ReportPage } from '@/lib/schema/reports';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'reports.export', answer: ReportPage, sessionOnly: true }, ({ viewer, query }) =>
  readReports(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'reports.export', body: ReportBody, answer: ReportAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => {
    const made = await requestReport(viewer, query.get('ledger'), body);
    return new Answer(202, made, { Location: `/api/v1/reports/${made.id}?ledger=${encodeURIComponent(made.ledger)}` });
  },
);

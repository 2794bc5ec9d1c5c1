import * as z from 'zod/mini';
import { route } from '@/lib/auth/route';
import { cancelReport } from '@/lib/reports/manage-reports';
import { ReportAnswer } from '@/lib/schema/reports';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'reports.export', body: z.strictObject({}), answer: ReportAnswer, sessionOnly: true },
  ({ viewer, query, params }) => cancelReport(viewer, query.get('ledger'), params.id),
);

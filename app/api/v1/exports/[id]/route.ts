import { route } from '@/lib/auth/route';
import { readExport } from '@/lib/evidence/manage-exports';
import { ExportAnswer } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const GET = route(
  { permission: 'evidence.export', answer: ExportAnswer, background: true, sessionOnly: true },
  ({ viewer, query, params }) => readExport(viewer, query.get('ledger'), params.id),
);

import { Answer, route } from '@/lib/auth/route';
import { readExports, requestExport } from '@/lib/evidence/manage-exports';
import { ExportAnswer, ExportBody, ExportPage } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'evidence.export', answer: ExportPage, sessionOnly: true }, ({ viewer, query }) =>
  readExports(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'evidence.export', body: ExportBody, answer: ExportAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => {
    const made = await requestExport(viewer, query.get('ledger'), body.scope, body.content);
    return new Answer(202, made, { Location: `/api/v1/exports/${made.id}?ledger=${encodeURIComponent(made.ledger)}` });
  },
);

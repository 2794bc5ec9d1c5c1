import { route } from '@/lib/auth/route';
import { previewExport } from '@/lib/evidence/prepare-words';
import { ExportPreviewAnswer, ExportPreviewBody } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'content.reveal', body: ExportPreviewBody, answer: ExportPreviewAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewExport(viewer, query.get('ledger'), body.scope),
);

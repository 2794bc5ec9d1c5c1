import { route } from '@/lib/auth/route';
import { previewArchive } from '@/lib/retention/view-archive';
import { ArchivePreviewAnswer, ArchivePreviewBody } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'archive.run', body: ArchivePreviewBody, answer: ArchivePreviewAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewArchive(viewer, query.get('ledger'), body.policy),
);

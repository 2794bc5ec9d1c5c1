import { Answer, route } from '@/lib/auth/route';
import { startArchive } from '@/lib/retention/manage-archive';
import { viewArchiveRuns } from '@/lib/retention/view-archive';
import { ArchivePreviewBody, ArchiveRunAnswer, ArchiveRunPage } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'archive.read', answer: ArchiveRunPage }, ({ viewer, query }) =>
  viewArchiveRuns(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'archive.run', body: ArchivePreviewBody, answer: ArchiveRunAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => {
    const run = await startArchive(viewer, query.get('ledger'), body.policy);
    return new Answer(202, run, { Location: `/api/v1/archive/runs/${run.id}` });
  },
);

import { Answer, route } from '@/lib/auth/route';
import { startRestore } from '@/lib/retention/manage-archive';
import { ArchiveRunAnswer, RestoreBody } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'archive.run', body: RestoreBody, answer: ArchiveRunAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => {
    const run = await startRestore(viewer, query.get('ledger'), body);
    return new Answer(202, run, { Location: `/api/v1/archive/runs/${run.id}` });
  },
);

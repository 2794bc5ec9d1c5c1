import { route } from '@/lib/auth/route';
import { cancelArchiveRun } from '@/lib/retention/manage-archive';
import { ArchiveRunAnswer } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'archive.run', answer: ArchiveRunAnswer, sessionOnly: true }, ({ viewer, query, params }) =>
  cancelArchiveRun(viewer, query.get('ledger'), params.id),
);

import { route } from '@/lib/auth/route';
import { readArchiveRun } from '@/lib/retention/manage-archive';
import { ArchiveRunAnswer } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'archive.read', answer: ArchiveRunAnswer, background: true }, ({ viewer, query, params }) =>
  readArchiveRun(viewer, query.get('ledger'), params.id),
);

import { route } from '@/lib/auth/route';
import { viewArchive } from '@/lib/retention/view-archive';
import { ArchiveAnswer } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'archive.read', answer: ArchiveAnswer }, ({ viewer, query }) =>
  viewArchive(viewer, query.get('ledger')),
);

import { route } from '@/lib/auth/route';
import { setSchedule } from '@/lib/retention/manage-archive';
import { ArchiveAnswer, ArchiveScheduleBody } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'archive.run', body: ArchiveScheduleBody, answer: ArchiveAnswer.shape.schedule, sessionOnly: true },
  ({ viewer, body, query }) => setSchedule(viewer, query.get('ledger'), body),
);

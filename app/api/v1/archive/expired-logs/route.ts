import { route } from '@/lib/auth/route';
import { archiveExpiredLogs } from '@/lib/retention/manage-archive';
import { ExpiredLogsAnswer, ExpiredLogsBody } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'archive.run', body: ExpiredLogsBody, answer: ExpiredLogsAnswer, sessionOnly: true },
  ({ viewer, body, query }) => archiveExpiredLogs(viewer, query.get('ledger'), body.policy),
);

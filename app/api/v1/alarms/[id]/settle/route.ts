import { route } from '@/lib/auth/route';
import { settleAlarm } from '@/lib/proofs/settle-alarm';
import { AlarmAnswer, SettleBody } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'alarms.settle', body: SettleBody, answer: AlarmAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => settleAlarm(viewer, query.get('ledger'), params.id, body.reason),
);

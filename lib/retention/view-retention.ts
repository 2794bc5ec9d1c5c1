import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { decideRetention } from '@/lib/ledger/decide-retention';
import type { RetentionDto } from '@/lib/schema/retention';

const SCREEN = '/api/v1/retention';

/**
 * What is kept until when, by policy and month; what is due, held, in conflict and unmapped. Decided over sums, never over records.
 * @throws RefusalError as auditedRead
 */
export async function viewRetention(viewer: Viewer, asked: string | null, now = Date.now()): Promise<RetentionDto> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, ({ ledger }) => decideRetention(ledger, now));
}

import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { listRuns } from '@/lib/ledger/read-verifications';
import { RefusalError } from '@/lib/schema/errors';
import type { VerificationDto } from '@/lib/schema/verification';

/**
 * The runs of a ledger, newest first, a page of them.
 * @param before only those asked for before this time (RFC 3339, UTC): `requested_at` of the last one of the page before.
 * @throws RefusalError format, and as auditedRead
 */
export async function listVerifications(viewer: Viewer, asked: string | null, before: string | null): Promise<{ rows: VerificationDto[] }> {
  const time = before === null ? null : new Date(before);
  if (time !== null && (Number.isNaN(time.getTime()) || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(before!)))
    throw new RefusalError('format', '"before" is not a time in UTC.', '/before');
  const slug = await chooseLedger(viewer, asked);
  return auditedRead(viewer, slug, 'integrity.read', { action: 'screen_viewed', screen: '/api/v1/verifications' }, async ({ ledger }) => ({
    rows: await listRuns(prisma(), ledger, time),
  }));
}

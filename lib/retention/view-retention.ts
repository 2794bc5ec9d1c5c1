import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { registryInForce } from '@/lib/ledger/read-registry';
import { type RetentionProgress, readMarks, readPolicies, readRetentionLines, readRetentionProgress } from '@/lib/ledger/read-retention';
import { dayOf } from '@/lib/policy/retention-calendar';
import { foldRetention, type Marks, type RetentionLine } from '@/lib/policy/retention-fold';
import { makeRules } from '@/lib/policy/retention-rules';
import type { RetentionDto } from '@/lib/schema/retention';

const SCREEN = '/retention';

/**
 * What is kept until when, by policy and month; what is due, held, in conflict and unmapped. Decided over sums, never over records.
 * @throws RefusalError as auditedRead
 */
export async function viewRetention(viewer: Viewer, asked: string | null, now = Date.now()): Promise<RetentionDto> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, ({ ledger }) => readRetention(ledger, now));
}

/** The same for a screen or a report that has been recorded already. */
export async function readRetention(ledger: LedgerRow, now = Date.now()): Promise<RetentionDto> {
  const today = dayOf(now);
  const { policies, version, lines, marks, progress } = await readRetentionState(ledger);
  return {
    today,
    policies_version: version,
    ...sayProgress(progress),
    ...foldRetention(lines, makeRules(policies), marks, today),
  };
}

/** Everything that sums are decided from, of one moment. */
export async function readRetentionState(ledger: LedgerRow) {
  const registry = await registryInForce(ledger.id);
  return boundedRead(async (tx) => {
    const { version, ...policies } = await readPolicies(tx, ledger.id);
    const progress = await readRetentionProgress(tx, ledger.id);
    const lines: RetentionLine[] = await readRetentionLines(tx, ledger.id, registry);
    const marks: Marks = await readMarks(tx, ledger.id);
    return { policies, version, lines, marks, progress };
  });
}

export function sayProgress({ countedTo, complete }: RetentionProgress): Pick<RetentionDto, 'counted_to' | 'complete'> {
  return { counted_to: countedTo < 0n ? null : String(countedTo), complete };
}

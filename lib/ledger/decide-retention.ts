import 'server-only';
import { dayOf } from '@/lib/policy/retention-calendar';
import { foldRetention, type Marks, type RetentionLine } from '@/lib/policy/retention-fold';
import { makeRules } from '@/lib/policy/retention-rules';
import type { RetentionDto } from '@/lib/schema/retention';
import { boundedRead } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { registryInForce } from './read-registry';
import { type RetentionProgress, readMarks, readPolicies, readRetentionLines, readRetentionProgress } from './read-retention';

/** What is kept until when, by policy and month: the one way to the figures of the screen, of the API and of reports. Decided over sums, never over records. */
export async function decideRetention(ledger: LedgerRow, now: number): Promise<RetentionDto> {
  return figuresOf(await readRetentionState(ledger), now);
}

export function figuresOf({ policies, lines, marks, progress }: RetentionState, now: number): RetentionDto {
  const today = dayOf(now);
  return {
    today,
    policies_version: policies.version,
    ...sayProgress(progress),
    ...foldRetention(lines, makeRules(policies), marks, today),
  };
}

export type RetentionState = Awaited<ReturnType<typeof readRetentionState>>;

/** Everything that sums are decided from, of one moment. */
export async function readRetentionState(ledger: LedgerRow) {
  const registry = await registryInForce(ledger.id);
  return boundedRead(async (tx) => {
    const policies = await readPolicies(tx, ledger.id);
    const progress = await readRetentionProgress(tx, ledger.id);
    const lines: RetentionLine[] = await readRetentionLines(tx, ledger.id, registry);
    const marks: Marks = await readMarks(tx, ledger.id);
    return { policies, lines, marks, progress };
  });
}

export function sayProgress({
  countedTo,
  complete,
  behind,
  anew,
}: RetentionProgress): Pick<RetentionDto, 'counted_to' | 'complete' | 'behind' | 'anew'> {
  return {
    counted_to: countedTo < 0n ? null : String(countedTo),
    complete,
    behind: Number(behind),
    anew: { records: Number(anew.records), scopes: anew.scopes },
  };
}

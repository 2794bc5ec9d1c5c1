import 'server-only';
import { dayOf } from '@/lib/policy/retention-calendar';
import { foldDue } from '@/lib/policy/retention-due';
import { makeRules } from '@/lib/policy/retention-rules';
import type { DueDto } from '@/lib/schema/destruction';
import { readRetentionState, sayProgress } from './decide-retention';
import type { LedgerRow } from './find-ledger';

/** What is past its minimum, by policy and month: the one way to it for screen and API. Decided over sums: it costs the same at ten million records. */
export async function decideDue(ledger: LedgerRow, now = Date.now()): Promise<DueDto> {
  const { policies, lines, marks, progress } = await readRetentionState(ledger);
  const { counted_to, complete } = sayProgress(progress);
  return { counted_to, complete, ...foldDue(lines, makeRules(policies), marks, dayOf(now)) };
}

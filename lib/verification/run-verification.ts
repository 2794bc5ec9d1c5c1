import 'server-only';
import type pg from 'pg';
import * as z from 'zod/mini';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { Seq } from '@/lib/schema/seq';
import type { Verdict } from '@/lib/schema/verification';
import type { BreakList } from './break-list';
import { checkConversation } from './check-conversation';
import { type Outcome, verifyEntries } from './verify-entries';

/** What a run looks at; positions are decimal. */
export const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ledger') }),
  z.object({ kind: z.literal('range'), from: Seq, to: Seq }),
  z.object({ kind: z.literal('conversation'), conversation_id: z.string() }),
]);
export type Scope = z.infer<typeof Scope>;

/** The task of a verification job; its result is kept in the transaction that ends the job. */
export const runVerification: Task = async (job) => {
  const { scope, archive } = z.object({ scope: Scope, archive: z.optional(z.boolean()) }).parse(job.params);
  const outcome = await (scope.kind === 'conversation'
    ? checkConversation(job, scope.conversation_id)
    : checkEntries(job, scope, archive === true));
  return (client) => keepResult(client, job.id, outcome);
};

function checkEntries(job: RunningJob, scope: Extract<Scope, { kind: 'ledger' | 'range' }>, archive: boolean): Promise<Outcome> {
  return verifyEntries({
    ledgerId: job.ledgerId!,
    scope: scope.kind === 'ledger' ? scope : { kind: 'range', from: BigInt(scope.from), to: BigInt(scope.to) },
    archive,
    onProgress: (done, total) => job.progress(done, total),
    signal: job.signal,
  });
}

/** Whatever contradicts is tampering; what is only absent leaves the rest provable; what could not be looked at is not called valid. */
export function verdictOf(checked: number, breaks: Pick<BreakList, 'total' | 'missing'>, unseen = false): Verdict {
  if (breaks.total > breaks.missing) return 'tampered';
  if (breaks.total > 0) return 'incomplete';
  if (unseen) return 'cannot_verify';
  return checked === 0 ? 'empty' : 'valid';
}

async function keepResult(client: pg.ClientBase, id: string, outcome: Outcome): Promise<void> {
  const { checked, head, breaks, checks, unseen, checkpoint, checkpointsChecked } = outcome;
  await client.query(
    `UPDATE verifications SET verdict = $2, records_checked = $3, head_seq = $4, head_hash = $5, breaks_total = $6, checkpoint_number = $7,
            checkpoints_checked = $8, checks = $9, finished_at = clock_timestamp() WHERE id = $1`,
    [
      id,
      verdictOf(checked, breaks, unseen),
      checked,
      head === null ? null : String(head.seq),
      head?.integrityHash ?? null,
      breaks.total,
      checkpoint === null ? null : String(checkpoint),
      checkpointsChecked === null ? null : String(checkpointsChecked),
      JSON.stringify(checks),
    ],
  );
  const kept: ChainBreak[] = breaks.kept();
  const column = (pick: (found: ChainBreak) => string | null) => kept.map(pick);
  await client.query(
    `INSERT INTO verification_breaks (verification_id, ordinal, seq, record_id, code, expected, found)
     SELECT $1, ordinality, seq, record_id, code, expected, found
       FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS b (seq, record_id, code, expected, found)`,
    [
      id,
      column((found) => String(found.seq)),
      column((found) => found.recordId),
      column((found) => found.code),
      column((found) => printable(found.expected)),
      column((found) => printable(found.found)),
    ],
  );
}

/** Columns that somebody forged can hold anything: what is shown has an end, and nothing that the database would refuse. */
function printable(text: string): string {
  const whole = text.replaceAll('\0', '\u{fffd}').toWellFormed();
  return whole.length <= 1_000 ? whole : `${whole.slice(0, 1_000).toWellFormed()}…`;
}

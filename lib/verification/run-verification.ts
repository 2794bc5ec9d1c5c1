import 'server-only';
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import * as z from 'zod/mini';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { MissingNumbers } from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { Seq } from '@/lib/schema/answers';
import type { Verdict } from '@/lib/schema/verification';
import { BreakList } from './break-list';
import { verifyConversation } from './verify-conversation';
import { compareHeads, findHead, type Head } from './verify-heads';
import { verifyLedger } from './verify-ledger';
import { verifySummaries } from './verify-summaries';

/** What a run looks at; positions are decimal. */
export const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ledger') }),
  z.object({ kind: z.literal('range'), from: Seq, to: Seq }),
  z.object({ kind: z.literal('conversation'), conversation_id: z.string() }),
]);
export type Scope = z.infer<typeof Scope>;

interface Outcome {
  checked: number;
  head: Head | null;
  breaks: BreakList;
}

/** The task of a verification job; its result is kept in the transaction that ends the job. */
export const runVerification: Task = async (job) => {
  const { scope } = z.object({ scope: Scope }).parse(job.params);
  const outcome = await (scope.kind === 'conversation' ? checkConversation(job, scope.conversation_id) : checkEntries(job, scope));
  return (client) => keepResult(client, job.id, outcome);
};

async function checkEntries(job: RunningJob, scope: Extract<Scope, { kind: 'ledger' | 'range' }>): Promise<Outcome> {
  const ledgerId = job.ledgerId!;
  const whole = scope.kind === 'ledger';
  const { head: newest, beyond } = await findHead(ledgerId);
  const from = whole ? 0n : BigInt(scope.from);
  const last = newest?.seq ?? -1n;
  const to = whole || BigInt(scope.to) > last ? last : BigInt(scope.to);
  const breaks = new BreakList();
  let checked = 0;
  let missingNumbers: bigint[] = [];
  // Entries first, then their records once more in the order of conversations: the count goes on over both, so that it does not stand still.
  const total = to < from ? 0 : Number(to - from + 1n);
  job.progress(0, total);
  if (total > 0) {
    const threads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
    const findings = await verifyLedger({
      ledgerId,
      from,
      to,
      threads,
      projection: true,
      onProgress: (n) => job.progress(n, total),
      signal: job.signal,
    });
    checked = findings.checked;
    missingNumbers = findings.missingNumbers;
    breaks.add(findings.breaks, findings.breaksTotal, findings.missing);
  }
  const earlier = await compareHeads(ledgerId, from, to, whole);
  breaks.add(earlier);
  if (whole) {
    breaks.add(beyond);
    const missing = new MissingNumbers();
    for (const number of missingNumbers) missing.add(number);
    await verifySummaries({ ledgerId, missing, onBreaks: (found) => breaks.add(found), signal: job.signal });
  }
  const head = to === newest?.seq ? newest : to < from ? null : await headAt(ledgerId, to);
  job.progress(checked, total);
  return { checked, head, breaks };
}

async function headAt(ledgerId: number, seq: bigint): Promise<Head | null> {
  const { rows } = await pool('verification').query<{ integrity_hash: Buffer }>(
    'SELECT integrity_hash FROM entries WHERE ledger_id = $1 AND seq = $2',
    [ledgerId, String(seq)],
  );
  return rows.length === 0 ? null : { seq, integrityHash: rows[0].integrity_hash };
}

async function checkConversation(job: RunningJob, conversationId: string): Promise<Outcome> {
  const breaks = new BreakList();
  const { checked, head } = await verifyConversation({
    ledgerId: job.ledgerId!,
    conversationId,
    onBreaks: (found) => breaks.add(found),
    onProgress: (done, total) => job.progress(done, total),
    signal: job.signal,
  });
  job.progress(checked, checked);
  return { checked, head, breaks };
}

/** Whatever contradicts is tampering; what is only absent leaves the rest provable. */
export function verdictOf(checked: number, breaks: Pick<BreakList, 'total' | 'missing'>): Verdict {
  if (breaks.total > breaks.missing) return 'tampered';
  if (breaks.total > 0) return 'incomplete';
  return checked === 0 ? 'empty' : 'valid';
}

async function keepResult(client: pg.ClientBase, id: string, { checked, head, breaks }: Outcome): Promise<void> {
  await client.query(
    `UPDATE verifications SET verdict = $2, records_checked = $3, head_seq = $4, head_hash = $5, breaks_total = $6, finished_at = clock_timestamp() WHERE id = $1`,
    [id, verdictOf(checked, breaks), checked, head === null ? null : String(head.seq), head?.integrityHash ?? null, breaks.total],
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

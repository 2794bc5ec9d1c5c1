import 'server-only';
import type { RunningJob } from '@/lib/jobs/run-job';
import type { Check } from '@/lib/schema/verification';
import { BreakList } from './break-list';
import { readProofState } from './read-proof-state';
import { sayContent, sayObjects } from './say-checks';
import { verifyConversation } from './verify-conversation';
import type { Outcome } from './verify-entries';
import { InclusionProver } from './verify-inclusion';
import { walkCheckpoints } from './walk-checkpoints';

/** One conversation: its records, its numbers, its line in the list, and a path from each record to the newest checkpoint. */
export async function checkConversation(job: RunningJob, conversationId: string): Promise<Outcome> {
  const ledgerId = job.ledgerId!;
  const state = await readProofState(ledgerId);
  const prover = state.newest === null ? undefined : new InclusionProver(ledgerId, state.newest);
  const breaks = new BreakList();
  const { checked, head, content, objects } = await verifyConversation({
    ledgerId,
    conversationId,
    prover,
    onBreaks: (found) => breaks.add(found),
    onProgress: (done, total) => job.progress(done, total),
    signal: job.signal,
  });
  // Of its own the conversation has these; what follows is about the checkpoint.
  const own = { ...breaks.codes };
  const signed = await walkCheckpoints({
    ledgerId,
    state,
    part: 'newest',
    onBreaks: (found, counted) => breaks.add(found, counted),
    signal: job.signal,
  });
  job.progress(checked, checked);

  const checks: Check[] = [];
  const judge = (name: Check['name'], failed: number, say: string) =>
    checks.push({
      name,
      outcome: failed === 0 ? 'passed' : 'failed',
      say: failed === 0 ? `${say}.` : `${say}: ${failed} ${failed === 1 ? 'break' : 'breaks'}.`,
    });
  const gaps = own.conversation_gap ?? 0;
  const columns = own.projection_altered ?? 0;
  const unproven = prover?.failed ?? 0;
  const words = (own.content_missing ?? 0) + (own.content_mismatch ?? 0);
  const all = Object.values(own).reduce((sum, count) => sum + count, 0);
  judge(
    'entries',
    all - gaps - columns - unproven - words - (own.archive_altered ?? 0),
    `${checked} of ${checked} records: hash, body, and link to the entry before each in the ledger`,
  );
  judge('columns', columns, 'The columns beside each body, and the line in the list of conversations');
  judge('conversations', gaps, 'The numbers within the conversation, from 1 without a gap');
  checks.push(sayContent(content, own));
  if (objects !== null) checks.push(sayObjects(objects));
  if (prover === undefined || state.newest === null) {
    checks.push({
      name: 'inclusion',
      outcome: 'not_checked',
      say: 'No checkpoint was signed yet: its records cannot be proven under one.',
    });
  } else {
    judge('checkpoints', signed.breaks, `Checkpoint ${state.newest.number}: Ed25519 and ML-DSA-44 signatures`);
    const { proven, later } = prover;
    const rest = later === 0 ? '' : `; ${later} of them ${later === 1 ? 'is' : 'are'} newer than it`;
    const say = `${proven} of ${checked} records proven under checkpoint ${state.newest.number}${rest}`;
    if (unproven === 0 && proven === 0) checks.push({ name: 'inclusion', outcome: 'not_checked', say: `${say}.` });
    else judge('inclusion', unproven, say);
  }
  checks.push({
    name: 'roots',
    outcome: 'not_checked',
    say: 'Whether the rest of the ledger has the tree that was signed is told by a run over the whole.',
  });
  const checkpoint = state.newest?.number ?? null;
  const unseen = (objects?.unreachable ?? 0) > 0;
  return { checked, head, breaks, checks, unseen, checkpoint, checkpointsChecked: checkpoint === null ? null : signed.checked };
}

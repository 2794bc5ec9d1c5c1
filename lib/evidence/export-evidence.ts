import 'server-only';
import * as z from 'zod/mini';
import { pool } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { awaitCheckpoint } from '@/lib/ledger/await-checkpoint';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { EvidenceScopeShape } from '@/lib/schema/evidence';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import { canonicalScope, findPositions } from './find-positions';
import { giveOutWords, retireKeysOf, WordsAsked } from './give-out-words';
import { keeperOf, shreddedMeanwhile } from './keep-pieces';
import { makeBundle } from './make-bundle';

/** The kind of job; lib/server gives the worker its task. */
export const EVIDENCE = 'evidence';
const KEPT_DAYS = 7;

/** The task of an export: the bundle in pieces, kept for a week. One that is tried again begins anew. */
export const exportEvidence: Task = async (job) => {
  const params = z.object({ scope: EvidenceScopeShape, content: z.optional(WordsAsked) }).parse(job.params);
  const scope = canonicalScope(params.scope);
  const asked = params.content ?? null;
  const ledger = (await listLedgers()).find(({ id }) => id === job.ledgerId)!;
  const db = pool('verification');
  await db.query('DELETE FROM export_pieces WHERE export_id = $1', [job.id]);
  if (asked !== null && scope.kind === 'conversation') await retireKeysOf(ledger, scope.conversation_id);
  const checkpoint = await coveringCheckpoint(ledger, job);
  const seqs = await findPositions(ledger, scope, BigInt(checkpoint.size), job.signal);
  job.progress(0, seqs.length);
  const words = asked === null ? null : await giveOutWords(ledger, job.id, asked, seqs, job.signal);
  const made = await makeBundle({
    ledger,
    scope,
    seqs,
    checkpoint,
    words,
    keep: await keeperOf(job.id, ledger, words !== null),
    onProgress: (done) => job.progress(done, seqs.length),
    signal: job.signal,
  });
  return async (client) => {
    const { rowCount } = await client.query(
      `UPDATE exports SET file_name = $2, records = $3, bytes = $4, sha256 = $5, finished_at = clock_timestamp(), expires_at = clock_timestamp() + $6 * interval '1 day',
              content = content || $7::jsonb
        WHERE id = $1 AND shredded_at IS NULL`,
      [job.id, fileName(ledger, scope, checkpoint), made.records, made.bytes, made.sha256, KEPT_DAYS, JSON.stringify(made.words ?? {})],
    );
    if (rowCount === 0) throw shreddedMeanwhile();
  };
};

/** The newest that covers every entry that was there when the job began: what was on the screen when somebody pressed the button is in. */
async function coveringCheckpoint(ledger: LedgerRow, job: RunningJob): Promise<CheckpointDto> {
  const { rows } = await pool('verification').query<{ seq: string }>(
    'SELECT seq FROM entries WHERE ledger_id = $1 ORDER BY seq DESC LIMIT 1',
    [ledger.id],
  );
  const newest = await awaitCheckpoint(ledger.id, rows[0] === undefined ? 0n : BigInt(rows[0].seq) + 1n, job.signal);
  if (newest === null) throw new Error('no checkpoint of this ledger has been signed yet');
  return newest;
}

/** Names what is in it, in characters that every file system takes. */
function fileName(ledger: LedgerRow, scope: EvidenceScope, checkpoint: CheckpointDto): string {
  const what =
    scope.kind === 'conversation'
      ? `conversation-${scope.conversation_id.replaceAll(/[^A-Za-z0-9-]+/g, '-').slice(0, 60)}`
      : scope.kind === 'range'
        ? `${scope.from}-${scope.to}`
        : 'records';
  return `holdfast-${ledger.slug}-${what}-checkpoint-${checkpoint.number}.zip`;
}

/**
 * Deletes the bytes of exports whose week is over, and of those that were cancelled or failed on their way; the line that says what was exported stays.
 */
export async function dropExpired(): Promise<void> {
  await pool('verification').query(
    `DELETE FROM export_pieces WHERE export_id IN (
       SELECT e.id FROM exports e JOIN jobs j ON j.id = e.id
        WHERE (e.expires_at < clock_timestamp() OR j.state IN ('cancelled', 'failed')) AND EXISTS (SELECT FROM export_pieces p WHERE p.export_id = e.id))`,
  );
}

import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { ALTERED, ArchiveFault, HELD, LEASE_LOST, NOT_COUNTED, NOT_SO, sqlState } from '@/lib/archive/archive-fault';
import { type Lease, takeLease } from '@/lib/archive/archive-lease';
import { StoreFault } from '@/lib/archive/archive-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { dropDestroyedCopies } from '@/lib/archive/prepare-copies';
import { newestCovering, signLedgerText } from '@/lib/archive/sign-manifest';
import { readRanges, sayRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { pagePositions } from '@/lib/chain/page-positions';
import { pool } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { forgetAllDataKeys } from '@/lib/vault/data-keys';
import { certifyDestruction } from './certify-destruction';
import { JUDGED_AT_ONCE, Judge, type Judged } from './judge-records';
import { removeObjects } from './remove-objects';

/** Kind of the job; lib/server gives the worker its task. */
export const DESTRUCTION = 'destruction';
const Params = z.object({ destruction: z.string() });

/** SQLSTATE of migration "destruction": the rules have changed since it was decided. */
const RULES_CHANGED = 'HF025';
/** What is decided anew so often and is still another by then is left to another try. */
const TRIES = 20;
const STOPPED = 'Stopped by a person. What was destroyed by then stays so; the rest is as it was.';
const COUNTED_WITHIN_MS = 20_000;
/** Of the time that a transaction took. */
const PAUSE = 2;

/**
 * Carries out what two people decided. Each page is decided anew, record by record, and taken away in one short transaction that asks for holds last; killed anywhere it
 * is taken up again where it was. What is held or not due any more stays, and is told in the certificate.
 */
export const runDestruction: Task = async (job) => {
  const { destruction: id } = Params.parse(job.params);
  const ledger = (await listLedgers()).find((one) => one.id === job.ledgerId)!;
  try {
    await carryOut(job, id, ledger);
  } catch (error) {
    const stopped = job.signal.aborted && job.signal.reason === 'cancelled';
    if (job.signal.aborted && !stopped) throw error;
    const fault = stopped ? STOPPED : sayFault(error);
    if (fault === null) throw error;
    await pool('archive').query('SELECT destruction_step($1, NULL, $2, $3, $4)', [ledger.id, id, 'failed', fault]);
    throw new RefusalError('destruction_refused', fault);
  } finally {
    // What this process still knows of it goes at once; others forget within minutes, and show nothing of it meanwhile.
    forgetAllDataKeys();
    forgetSegments();
  }
  return async () => {};
};

async function carryOut(job: RunningJob, id: string, ledger: LedgerRow): Promise<void> {
  const { rows: stands } = await pool('verification').query<{ state: string }>('SELECT state FROM destructions WHERE id = $1', [id]);
  if (stands[0]?.state === 'done' || stands[0]?.state === 'pending_objects') return;
  const lease = await patientLease(ledger.id, job.signal);
  const signal = AbortSignal.any([job.signal, lease.signal]);
  try {
    await assertCertifiable(ledger, id);
    await pool('archive').query('SELECT destruction_step($1, $2, $3, $4, NULL)', [ledger.id, lease.fence, id, 'running']);
    const judge = new Judge(ledger);
    const blocks = await readBlocks(id);
    const total = blocks.reduce((sum, { seqs }) => sum + count(seqs), 0);
    let done = 0;
    job.progress(done, total);
    try {
      for (const block of blocks) {
        const left = new Left();
        for (const page of pagePositions(block.seqs, JUDGED_AT_ONCE)) {
          signal.throwIfAborted();
          await destroyPage({ ledger, id, lease, judge, left, signal }, page);
          done += page.length;
          job.progress(Math.min(done, total), total);
        }
        await pool('archive').query('SELECT destruction_left($1, $2, $3, $4, $5, $6, $7, $8)', [
          ledger.id,
          lease.fence,
          id,
          block.block,
          ...left.positions(),
          left.numbers(),
        ]);
      }
    } catch (error) {
      // What is destroyed by now stays so, whether anybody takes this up again or not.
      await dropDestroyedCopies(ledger, id).catch((err) =>
        log.warn({ err, ledger: ledger.slug }, 'copies with destroyed records stay for now'),
      );
      throw error;
    }
    job.progress(total, total);
    // Copies for searching hold bodies in the clear.
    await dropDestroyedCopies(ledger, id);
    await removeObjects(ledger, id);
    await certifyDestruction(ledger, id);
  } finally {
    await lease.letGo().catch((error) => log.warn({ err: error }, 'a lease could not be given back; it runs out by itself'));
  }
}

interface Work {
  ledger: LedgerRow;
  id: string;
  lease: Lease;
  judge: Judge;
  left: Left;
  signal: AbortSignal;
}

/** Until nothing of the page is due any more: what a hold or a change of the rules has stopped is decided anew. */
async function destroyPage({ ledger, id, lease, judge, left, signal }: Work, page: readonly bigint[]): Promise<void> {
  const counted = performance.now() + COUNTED_WITHIN_MS;
  for (let tried = 1; ; tried++) {
    signal.throwIfAborted();
    const { judged, mark } = await judge.judge(page);
    const unreachable = judged.find(({ verdict }) => verdict === 'unreachable');
    if (unreachable !== undefined)
      throw new ArchiveFault(
        'store',
        `The archive does not answer, so that record ${unreachable.seq} cannot be decided. What is destroyed by now stays so.`,
      );
    const due = judged.filter(({ verdict }) => verdict === 'due');
    try {
      const began = performance.now();
      const here = due.filter(({ archived }) => archived === null).map(({ seq }) => String(seq));
      if (here.length > 0)
        await pool('archive').query('SELECT destroy_records($1, $2, $3, $4, $5::bigint[])', [ledger.id, lease.fence, id, mark, here]);
      for (const [segment, facts] of bySegment(due))
        await pool('archive').query('SELECT destroy_archived($1, $2, $3, $4, $5, $6::jsonb)', [
          ledger.id,
          lease.fence,
          id,
          mark,
          segment,
          JSON.stringify(facts),
        ]);
      for (const one of judged) left.take(one);
      // Whoever appends does not notice (docs/benchmarks.md has what pruning measured).
      await sleep(PAUSE * (performance.now() - began), undefined, { signal });
      return;
    } catch (error) {
      const state = sqlState(error);
      if (state === NOT_COUNTED && performance.now() < counted) await sleep(250, undefined, { signal });
      else if ((state !== HELD && state !== RULES_CHANGED && state !== ALTERED) || tried >= TRIES) throw error;
    }
  }
}

function bySegment(due: readonly Judged[]): Map<string, object[]> {
  const segments = new Map<string, object[]>();
  for (const { archived } of due) {
    if (archived === null) continue;
    const name = String(archived.segment);
    segments.set(name, [...(segments.get(name) ?? []), archived.facts]);
  }
  return segments;
}

/** What of a block stays, and why. */
class Left {
  readonly #held: SeqRange[] = [];
  readonly #notDue: SeqRange[] = [];
  readonly #unsound: SeqRange[] = [];
  readonly #holds = new Set<number>();

  take({ seq, verdict, holds }: Judged): void {
    if (verdict === 'held') {
      add(this.#held, seq);
      for (const number of holds) this.#holds.add(number);
    } else if (verdict === 'not_due') add(this.#notDue, seq);
    else if (verdict === 'unsound' || verdict === 'gone') add(this.#unsound, seq);
  }

  positions(): string[] {
    return [this.#held, this.#notDue, this.#unsound].map(sayRanges);
  }

  numbers(): number[] {
    return [...this.#holds].sort((a, b) => a - b);
  }
}

function add(ranges: SeqRange[], seq: bigint): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.to + 1n === seq) last.to = seq;
  else ranges.push({ from: seq, to: seq });
}

/** What is still to be decided: without what an earlier try has destroyed. */
async function readBlocks(id: string): Promise<{ block: number; seqs: SeqRange[] }[]> {
  const { rows } = await pool('verification').query<{ block: number; seqs: string }>(
    'SELECT block, (seqs - destroyed)::text AS seqs FROM destruction_items WHERE destruction_id = $1 ORDER BY block',
    [id],
  );
  return rows.map(({ block, seqs }) => ({ block, seqs: readRanges(seqs) ?? [] }));
}

const count = (ranges: readonly SeqRange[]) => ranges.reduce((sum, { from, to }) => sum + Number(to - from + 1n), 0);

/** Nothing is taken away that nobody could certify. @throws ArchiveFault signer, not_there */
async function assertCertifiable(ledger: LedgerRow, id: string): Promise<void> {
  const covering = await newestCovering(ledger.id);
  const { rows } = await pool('verification').query<{ last: string | null }>(
    'SELECT max(upper(seqs) - 1) AS last FROM destruction_items WHERE destruction_id = $1',
    [id],
  );
  if (covering === null || BigInt(rows[0]?.last ?? 0) >= covering.size)
    throw new ArchiveFault(
      'not_there',
      'No signed checkpoint covers all of these records yet. Nothing was destroyed; try again when one does.',
    );
  await signLedgerText(ledger.id, 'holdfast/can-sign\n', covering);
}

/** An archival that is under way is waited for, for a while. */
async function patientLease(ledgerId: number, signal: AbortSignal): Promise<Lease> {
  for (let tried = 1; ; tried++) {
    const lease = await takeLease(ledgerId);
    if (lease !== null) return lease;
    if (tried === 60) throw new ArchiveFault('lost', 'This ledger is being archived right now; try again when that has ended.');
    await sleep(1_000, undefined, { signal });
  }
}

/** What stopped it, for whoever decides what to do; null for a bug, or a database that could not be reached. */
function sayFault(error: unknown): string | null {
  if (error instanceof ArchiveFault || error instanceof StoreFault) return error.message;
  switch (sqlState(error)) {
    case LEASE_LOST:
      return 'Another process has taken over this ledger; try again.';
    case HELD:
    case RULES_CHANGED:
      return 'Holds or policies change while this goes on; try again when they are settled.';
    case NOT_SO:
      return `${(error as Error).message.replace(/^holdfast: /, '')}; try again when that has ended.`;
    case NOT_COUNTED:
      return 'Records are not counted yet; try again in a moment.';
    case 'HF024':
      return 'This destruction does not stand as it was approved.';
    default:
      return null;
  }
}

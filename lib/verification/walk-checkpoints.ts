import 'server-only';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import type { ProofState } from './read-proof-state';
import { startRunner } from './run-thread';
import { CHECKPOINT_PAGE, type CheckpointResult, type CheckpointTask, verifyCheckpointPage } from './verify-checkpoints';

export interface CheckpointsTask {
  ledgerId: number;
  state: ProofState;
  /** Every checkpoint there is, the newest alone, or those that cover sizes `from` … `to`. */
  part: 'all' | 'newest' | { from: bigint; to: bigint };
  /** Verifies the ML-DSA-44 signature of each, and not of a sample. */
  everySignature?: boolean;
  /** @param counted how many there were, where `breaks` are only the first. */
  onBreaks(breaks: ChainBreak[], counted: number): void;
  signal?: AbortSignal;
}

export interface CheckpointsFindings {
  checked: bigint;
  mlDsaChecked: bigint;
  breaks: number;
}

/** ML-DSA-44 signatures of a run at most, the newest with them: some 2 ms each. */
const SAMPLE = 64n;

/** Checkpoints of a ledger for which no thread is started. */
const HERE = 8n;

/** Checkpoints up to the newest of `state`, page by page, in a thread of their own where there is one. */
export async function walkCheckpoints(task: CheckpointsTask): Promise<CheckpointsFindings> {
  const found: CheckpointsFindings = { checked: 0n, mlDsaChecked: 0n, breaks: 0 };
  const { newest } = task.state;
  if (newest === null) return found;
  // Each takes some 2 ms at most, in which the process does nothing else.
  const few = task.part === 'newest' || newest.number <= HERE;
  const runner = await startRunner(few ? null : 'checkpoint-worker.mjs', verifyCheckpointPage, env().DATABASE_URL);
  try {
    const run = async (part: CheckpointTask['part'], sampleEvery: bigint) => {
      task.signal?.throwIfAborted();
      const { state, ledgerId, onBreaks } = task;
      const result = await runner.run({
        ledgerId,
        part,
        keys: state.keys,
        origins: state.incarnations.map(originOf),
        sampleEvery,
        newest: newest.number,
      });
      found.checked += BigInt(result.checked);
      found.mlDsaChecked += BigInt(result.mlDsaChecked);
      found.breaks += result.breaksTotal;
      if (result.breaksTotal > 0) onBreaks(result.breaks, result.breaksTotal);
      return result;
    };
    const sampleEvery = task.everySignature ? 1n : newest.number / SAMPLE + 1n;
    if (task.part === 'all') await walkAll(newest.number, sampleEvery, run);
    else if (task.part === 'newest') await run({ by: 'number', from: newest.number, to: newest.number }, newest.number);
    else await walkSizes(task.part, newest.number, sampleEvery, run);
  } finally {
    await runner.close();
  }
  return found;
}

type Run = (part: CheckpointTask['part'], sampleEvery: bigint) => Promise<CheckpointResult>;

async function walkAll(newest: bigint, sampleEvery: bigint, run: Run): Promise<void> {
  const page = BigInt(CHECKPOINT_PAGE);
  for (let from = 1n; from <= newest; from += page) {
    const to = from + page - 1n;
    await run({ by: 'number', from, to: to < newest ? to : newest }, sampleEvery);
  }
}

async function walkSizes({ from, to }: { from: bigint; to: bigint }, upTo: bigint, sampleEvery: bigint, run: Run): Promise<void> {
  let after: { size: bigint; number: bigint } | null = null;
  for (;;) {
    const { last, checked } = await run({ by: 'size', from, to, upTo, after }, sampleEvery);
    if (last === null || checked < CHECKPOINT_PAGE) return;
    after = last;
  }
}

function originOf({ number, origin }: ProofState['incarnations'][number]): { incarnation: number; origin: string } {
  return { incarnation: number, origin };
}

/**
 * Checkpoints that cover more than there is: the end was cut off after they were signed. One break for each incarnation, at the last entry that was signed.
 * @param size entries that there are. @returns with how many checkpoints of settled incarnations say so.
 */
export async function findBeyond(ledgerId: number, state: ProofState, size: bigint): Promise<{ breaks: ChainBreak[]; settled: bigint }> {
  if (state.newest === null) return { breaks: [], settled: 0n };
  const { rows } = await pool('verification').query<{ incarnation: number; number: string; size: string; count: string }>(
    `SELECT DISTINCT ON (incarnation) incarnation, number, size, count(*) OVER (PARTITION BY incarnation) FROM checkpoints
      WHERE ledger_id = $1 AND size > $2 AND number <= $3 ORDER BY incarnation, size DESC, number`,
    [ledgerId, String(size), String(state.newest.number)],
  );
  const open = rows.filter((row) => !state.settled.has(row.incarnation));
  return {
    breaks: open.map(({ incarnation, number, size: signed, count }) => ({
      seq: BigInt(signed) - 1n,
      recordId: null,
      code: 'tail_truncated',
      expected: `${signed} entries (checkpoint ${number}${incarnation === state.incarnation ? '' : ` of incarnation ${incarnation}`}${count === '1' ? '' : `; ${count} checkpoints cover more than there is`})`,
      found: size === 0n ? 'the ledger is empty' : `the ledger ends at ${size - 1n}`,
    })),
    settled: rows.filter((row) => state.settled.has(row.incarnation)).reduce((sum, row) => sum + BigInt(row.count), 0n),
  };
}

/** Full tiles over positions that have no entry: what they were made from was cut off. */
export async function findTilesBeyond(ledgerId: number, size: bigint): Promise<ChainBreak[]> {
  const { rows } = await pool('verification').query<{ tile: string }>(
    `SELECT t.tile FROM tree_tiles t WHERE t.ledger_id = $1 AND t.level = 0 AND t.tile >= $2
        AND NOT EXISTS (SELECT FROM entries e WHERE e.ledger_id = $1 AND e.seq = t.tile * 256 + 255) ORDER BY t.tile DESC LIMIT 1`,
    [ledgerId, String(size / 256n)],
  );
  return rows.map(({ tile }) => ({
    seq: BigInt(tile) * 256n + 255n,
    recordId: null,
    code: 'tail_truncated',
    expected: `an entry under tile 0/${tile}`,
    found: size === 0n ? 'the ledger is empty' : `the ledger ends at ${size - 1n}`,
  }));
}

/** An earlier run saw more checkpoints than there are: the newest were taken away. */
export async function findCheckpointsGone(ledgerId: number, state: ProofState): Promise<ChainBreak[]> {
  const { rows } = await pool('verification').query<{ id: string; checkpoint_number: string }>(
    `SELECT id, checkpoint_number FROM verifications WHERE ledger_id = $1 AND verdict IS NOT NULL AND checkpoint_number > $2
      ORDER BY checkpoint_number DESC LIMIT 1`,
    [ledgerId, String(state.newest?.number ?? 0n)],
  );
  return rows.map(({ id, checkpoint_number }) => ({
    seq: state.newest === null || state.newest.size === 0n ? 0n : state.newest.size - 1n,
    recordId: null,
    code: 'checkpoint_inconsistent',
    expected: `checkpoint ${checkpoint_number} (verification ${id})`,
    found: state.newest === null ? 'no checkpoint' : `checkpoint ${state.newest.number} is the newest`,
  }));
}

import 'server-only';
import { genesisHash } from '@/lib/chain/entry-hash';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { nodeSha256 } from '@/lib/ledger/append-batch';
import { type ChunkRunner, startRunner } from './chunk-runner';
import { type ChunkResult, type ChunkTask, KEPT_BREAKS } from './verify-chunk';

/** Divides the 262,144 positions of a leaf: a chunk's records lie in one table. */
export const CHUNK = 65_536n;

export interface LedgerTask {
  ledgerId: number;
  /** Both ends included. */
  from: bigint;
  to: bigint;
  /** Threads, each with a connection. */
  threads: number;
  /** Whether columns are held against bodies. */
  projection: boolean;
  onProgress?: (checked: number) => void;
  /** Stops between chunks; the result so far is thrown away. @throws the signal's reason */
  signal?: AbortSignal;
}

export type LedgerFindings = ChunkResult;

/**
 * Every entry of a range against itself, its record and the entry before, in constant memory: chunks of short snapshots, each starting from what is stored
 * of the entry before it, so that they can be read side by side.
 */
export async function verifyLedger(task: LedgerTask): Promise<LedgerFindings> {
  const genesis = await findGenesis(task.ledgerId);
  const findings = new Findings();
  const chunks = chunksOf(task, genesis);
  const work = async (runner: ChunkRunner) => {
    for (;;) {
      task.signal?.throwIfAborted();
      const next = chunks.next();
      if (next.done) return;
      findings.add(next.value.from, await runner.run(next.value));
      task.onProgress?.(findings.checked);
    }
  };
  const count = Math.max(1, Math.min(task.threads, Number((task.to - task.from) / CHUNK) + 1));
  const runners = await Promise.all(Array.from({ length: count }, () => startRunner(env().DATABASE_URL)));
  try {
    await Promise.all(runners.map(work));
  } finally {
    await Promise.allSettled(runners.map((runner) => runner.close()));
  }
  return findings.result();
}

function* chunksOf({ ledgerId, from, to, projection }: LedgerTask, genesis: Uint8Array): Generator<ChunkTask> {
  for (let start = from; start <= to; ) {
    const end = (start / CHUNK + 1n) * CHUNK - 1n;
    yield { ledgerId, from: start, to: end < to ? end : to, genesis, projection };
    start = end + 1n;
  }
}

async function findGenesis(ledgerId: number): Promise<Uint8Array> {
  const { rows } = await pool('verification').query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledgerId]);
  return genesisHash(rows[0].origin, nodeSha256);
}

/** Chunks end in any order; their breaks are told in the order of the ledger, the first ones kept. */
class Findings {
  checked = 0;
  #breaksTotal = 0;
  #missing = 0;
  #missingNumbers: bigint[] = [];
  #parts: { from: bigint; breaks: ChainBreak[] }[] = [];

  add(from: bigint, result: ChunkResult): void {
    this.checked += result.checked;
    this.#breaksTotal += result.breaksTotal;
    this.#missing += result.missing;
    if (this.#missingNumbers.length <= 100_000) this.#missingNumbers.push(...result.missingNumbers);
    if (result.breaks.length === 0) return;
    this.#parts.push({ from, breaks: result.breaks });
    this.#parts.sort((a, b) => (a.from < b.from ? -1 : 1));
    // Chunks behind enough kept breaks cannot add to them.
    let kept = 0;
    this.#parts = this.#parts.filter((part) => {
      const within = kept < KEPT_BREAKS;
      kept += part.breaks.length;
      return within;
    });
  }

  result(): LedgerFindings {
    return {
      checked: this.checked,
      breaksTotal: this.#breaksTotal,
      missing: this.#missing,
      missingNumbers: this.#missingNumbers,
      breaks: this.#parts.flatMap((part) => part.breaks).slice(0, KEPT_BREAKS),
    };
  }
}

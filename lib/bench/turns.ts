import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import { appendRecord } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin } from '@/lib/testing/fresh-database';
import type { BenchDatabase } from './bench-database';

export interface Spread {
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
}

export interface Turns {
  alone: Spread;
  meanwhile: Spread;
  /** Every other rest, and the others: how far two measurements of the same are apart on this machine. */
  odd: Spread;
  even: Spread;
  /**
   * Of what was sent meanwhile, the share that met a statement of the archiver; of the slowest hundredth of it; and of that, what would have met the same statements had they come later by
   * {@link SHIFT_MS}. Where meeting one makes slow, the second is above the other two.
   */
  met: { share: number; ofSlowest: number; ofSlowestShifted: number };
  /** Of the turns of work alone, as are the megabytes of WAL. */
  seconds: number;
  wal: number;
}

/** When something was, in milliseconds of this process. */
interface Span {
  from: number;
  to: number;
}

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
const SHIFT_MS = 500;

/**
 * A sender with a record every five milliseconds, while the work goes on and while it rests, by turns: what the machine does besides meets both alike.
 * @param work told to stop after each turn, it goes on where it was
 */
export async function inTurns(
  db: BenchDatabase,
  ledgerId: number,
  restMs: number,
  turnMs: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<Turns> {
  const rests: Span[][] = [];
  const meanwhile: Span[] = [];
  let [seconds, wal] = [0, 0];
  const rest = () => {
    rests.push([]);
    return sending(ledgerId, rests.at(-1)!, () => sleep(restMs));
  };
  const watch = watchArchiver();
  await rest();
  for (let done = false; !done; await rest()) {
    const turn = new AbortController();
    const timer = Number.isFinite(turnMs) ? setTimeout(() => turn.abort(), turnMs) : undefined;
    const [began, from] = [performance.now(), await walPosition(db)];
    await sending(ledgerId, meanwhile, async () => {
      try {
        await work(turn.signal);
        done = true;
      } catch (error) {
        if (!turn.signal.aborted || (error as Error).name !== 'AbortError') throw error;
      }
    });
    clearTimeout(timer);
    seconds += (performance.now() - began) / 1000;
    wal += (await walSince(db, from)) / 1e6;
  }
  const steps = watch();
  const half = (of: number) => spreadOf(rests.filter((_, i) => i % 2 === of).flat());
  const slowest = meanwhile.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, Math.ceil(meanwhile.length / 100));
  const met = {
    share: shareMet(meanwhile, steps),
    ofSlowest: shareMet(slowest, steps),
    ofSlowestShifted: shareMet(
      slowest,
      steps.map(({ from, to }) => ({ from: from + SHIFT_MS, to: to + SHIFT_MS })),
    ),
  };
  return { alone: spreadOf(rests.flat()), meanwhile: spreadOf(meanwhile), odd: half(1), even: half(0), met, seconds, wal };
}

async function sending(ledgerId: number, sent: Span[], during: () => Promise<unknown>): Promise<void> {
  let stop = false;
  const sender = (async () => {
    while (!stop) {
      const from = performance.now();
      await appendRecord(ledgerId, prepareAgentRecord(agentRecord(), SOURCE));
      sent.push({ from, to: performance.now() });
      await sleep(5);
    }
  })();
  try {
    await during();
  } finally {
    stop = true;
    await sender;
  }
}

/** @returns what ends it, and gives when the archiver's statements were, ascending */
function watchArchiver(): () => Span[] {
  const archiver = pool('archive');
  const query = archiver.query;
  const spans: Span[] = [];
  const watched = async (...asked: unknown[]) => {
    const from = performance.now();
    try {
      return await Reflect.apply(query, archiver, asked);
    } finally {
      spans.push({ from, to: performance.now() });
    }
  };
  archiver.query = watched as typeof query;
  return () => {
    archiver.query = query;
    return spans.sort((a, b) => a.from - b.from);
  };
}

/** Of spans, those in which any of the steps was going on. Steps follow one another, ascending. */
function shareMet(spans: readonly Span[], steps: readonly Span[]): number {
  const meets = ({ from, to }: Span) => {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle]!.to < from) low = middle + 1;
      else high = middle;
    }
    return low < steps.length && steps[low]!.from <= to;
  };
  return spans.length === 0 ? 0 : spans.filter(meets).length / spans.length;
}

function spreadOf(spans: readonly Span[]): Spread {
  const sorted = spans.map(({ from, to }) => to - from).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

async function walPosition(db: BenchDatabase): Promise<string> {
  return asAdmin(db.adminUrl, async (c) => (await c.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at')).rows[0]!.at);
}

async function walSince(db: BenchDatabase, from: string): Promise<number> {
  return asAdmin(db.adminUrl, async (c) =>
    Number((await c.query<{ n: string }>('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1) AS n', [from])).rows[0]!.n),
  );
}

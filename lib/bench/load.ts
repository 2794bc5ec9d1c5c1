import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import { keepCheckpointing } from '@/lib/proofs/keep-checkpointing';
import { type Contender, naivePrisma, naiveRowLock, product } from './contenders';
import { makeRecords } from './make-records';

export type Design = 'product' | 'row lock' | 'prisma';

export interface Load {
  design: Design;
  adminUrl: string;
  appUrl: string;
  ledgerId: number;
  callers: number;
  perCall: number;
  seconds: number;
  seed: number;
  /** Where the process signs what it appends as it goes. */
  signerDir?: string;
}

export interface LoadResult {
  records: number;
  seconds: number;
  /** Milliseconds a call. */
  p50: number;
  p99: number;
  /** Microseconds of this process's CPU a record. */
  cpu: number;
  /** Bytes. */
  rss: number;
}

/** More than any design can take in the time. */
const MOST_PER_SECOND: Record<Design, number> = { product: 60_000, 'row lock': 6_000, prisma: 3_000 };

/** One process's share of a load. Records are made beforehand; the clock runs over canonicalising, sending and committing. */
async function runHere(load: Load, ready: () => Promise<void>): Promise<LoadResult> {
  process.env.DATABASE_URL = load.appUrl;
  if (load.signerDir !== undefined) process.env.SIGNER_DIR = load.signerDir;
  const contender = await open(load);
  const stopSigning = load.signerDir === undefined ? null : keepCheckpointing();
  // The loop signs every ledger of the database: what earlier loads left unsigned is no part of this one.
  if (stopSigning !== null) await untilSigned();
  const records = makeRecords(Math.min(400_000, MOST_PER_SECOND[load.design] * load.seconds) + 1, load.seed);
  await contender.append(records.slice(0, 1));
  await ready();
  const latencies: number[] = [];
  let position = 1;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const end = began + load.seconds * 1000;
  const caller = async () => {
    while (position + load.perCall <= records.length && performance.now() < end) {
      const batch = records.slice(position, position + load.perCall);
      position += load.perCall;
      const sent = performance.now();
      await contender.append(batch);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: load.callers }, caller));
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  await stopSigning?.();
  await contender.close();
  latencies.sort((a, b) => a - b);
  const at = (p: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * p))] ?? 0;
  return {
    records: position - 1,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpu: (used.user + used.system) / (position - 1),
    rss: process.memoryUsage().rss,
  };
}

async function untilSigned(): Promise<void> {
  const behind = `SELECT FROM ledgers l WHERE coalesce((SELECT seq + 1 FROM entries e WHERE e.ledger_id = l.id ORDER BY seq DESC LIMIT 1), 0)
    > coalesce((SELECT size FROM checkpoints c WHERE c.ledger_id = l.id ORDER BY number DESC LIMIT 1), 0)`;
  while ((await pool('screens').query(behind)).rowCount !== 0) await sleep(100);
}

function open(load: Load): Contender | Promise<Contender> {
  if (load.design === 'product') return product(load.ledgerId);
  return load.design === 'row lock' ? naiveRowLock(load.adminUrl, load.ledgerId) : naivePrisma(load.adminUrl, load.ledgerId);
}

/** The same load from processes of their own, started together. @returns the sum of their rates and the worst of their latencies. */
export async function runLoad(load: Load, processes = 1): Promise<LoadResult & { rate: number }> {
  const share = { ...load, callers: Math.ceil(load.callers / processes) };
  const children = Array.from({ length: processes }, (_, i) => {
    const child = fork(process.argv[1], [], {
      env: { ...process.env, HOLDFAST_BENCH_LOAD: JSON.stringify({ ...share, seed: load.seed + i }) },
    });
    const messages: unknown[] = [];
    let wake = () => {};
    child.on('message', (message) => {
      messages.push(message);
      wake();
    });
    child.on('exit', (code) => {
      if (code) messages.push({ error: `a load process ended with ${code}` });
      wake();
    });
    const next = async () => {
      while (messages.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const message = messages.shift() as LoadResult & { error?: string };
      if (message.error) throw new Error(message.error);
      return message;
    };
    return { child, next };
  });
  await Promise.all(children.map((c) => c.next()));
  for (const { child } of children) child.send('go');
  const results = await Promise.all(children.map((c) => c.next()));
  for (const { child } of children) if (child.connected) child.disconnect();
  return {
    records: results.reduce((sum, r) => sum + r.records, 0),
    seconds: Math.max(...results.map((r) => r.seconds)),
    rate: results.reduce((sum, r) => sum + r.records / r.seconds, 0),
    p50: Math.max(...results.map((r) => r.p50)),
    p99: Math.max(...results.map((r) => r.p99)),
    cpu: results.reduce((sum, r) => sum + r.cpu, 0) / results.length,
    rss: Math.max(...results.map((r) => r.rss)),
  };
}

/** @returns whether this process is one of those that runLoad starts; then it has done its work. */
export async function workAsLoad(): Promise<boolean> {
  const spec = process.env.HOLDFAST_BENCH_LOAD;
  if (!spec) return false;
  const result = await runHere(JSON.parse(spec), async () => {
    process.send?.('ready');
    await new Promise((resolve) => process.once('message', resolve));
  });
  process.send?.(result);
  return true;
}

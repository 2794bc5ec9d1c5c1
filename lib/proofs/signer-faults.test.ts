import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { equalBytes } from '@/lib/chain/bytes';
import { CompactRange } from '@/lib/chain/compact-range';
import { leafHash } from '@/lib/chain/merkle';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { listIncarnations, listKeys } from '@/lib/ledger/read-checkpoints';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { agentRecord } from '@/lib/testing/tamper-ledger';
import { checkpointLedger, type Step } from './checkpoint-ledger';
import { keepCheckpointing } from './keep-checkpointing';
import { openSigner } from './open-signer';
import { Pace } from './pace';

let db: TestDatabase;
let ledger: LedgerRow;
let dir: string;
const folders: string[] = [];
const children: ChildProcess[] = [];
beforeAll(async () => {
  db = await freshDatabase();
});
let made = 0;
let clock = Date.now();
beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-faults-'));
  folders.push(dir);
  process.env.SIGNER_DIR = dir;
  const slug = `faults-${++made}`;
  await asAdmin(db.adminUrl, (c) =>
    c.query("SELECT create_ledger($1, $2, 'agents', 'Faults', false)", [slug, `audit.example.org/ledgers/${slug}`]),
  );
  ledger = (await listLedgers()).find((one) => one.slug === slug)!;
  clock = Date.now();
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

const append = async (n: number) => {
  await Promise.all(Array.from({ length: n }, () => appendRecord(ledger.id, agentRecord())));
};
/** Always due: the clock goes on by ten minutes. */
const sign = (signer: Signer = openSigner()!): Promise<Step> => {
  clock += 600_000;
  return checkpointLedger(ledger, signer, new Pace(0), new Date(clock));
};

interface Kept {
  number: string;
  incarnation: number;
  size: string;
  root: Buffer;
  note: Buffer;
}

/** Every checkpoint that ever left: numbered without gaps, none twice, signed, and over the entries of today; what the signer remembers is the last of them. */
async function assertSound(): Promise<Kept[]> {
  const { kept, hashes } = await asAdmin(db.adminUrl, async (c) => ({
    kept: (
      await c.query<Kept>('SELECT number, incarnation, size, root, note FROM checkpoints WHERE ledger_id = $1 ORDER BY number', [ledger.id])
    ).rows,
    hashes: (await c.query<{ integrity_hash: Buffer }>('SELECT integrity_hash FROM entries WHERE ledger_id = $1 ORDER BY seq', [ledger.id]))
      .rows,
  }));
  expect(kept.map(({ number }) => Number(number))).toEqual(kept.map((_, i) => i + 1));
  expect(new Set(kept.map(({ note }) => note.toString())).size).toBe(kept.length);
  expect(await listIncarnations(ledger.id)).toHaveLength(1);
  const keys = (await listKeys(ledger.id)).map(({ vkey }) => parseVerifierKey(vkey));
  const range = new CompactRange(nodeSha256);
  for (const { size, root, note } of kept) {
    // Sizes only grow; that each root is that of the entries makes every two of them consistent.
    expect(range.size <= BigInt(size)).toBe(true);
    while (range.size < BigInt(size)) range.append(leafHash(hashes[Number(range.size)].integrity_hash, nodeSha256));
    expect(equalBytes(range.root(), root)).toBe(true);
    const { checkpoint } = openCheckpoint(note, keys, ledger.origin);
    expect([checkpoint.size, Buffer.from(checkpoint.root).equals(root)]).toEqual([BigInt(size), true]);
  }
  expect(openSigner()!.memory.read(ledger.origin)?.note).toBe(kept.at(-1)?.note.toString());
  return kept;
}

/** The next question of that kind fails: before it is asked, or after it was answered, which the asker does not hear. */
function failQuery(words: string, when: 'failed' | 'applied'): void {
  const real = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  let left = 1;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]): unknown {
    const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text?: string })?.text;
    if (left === 0 || typeof text !== 'string' || !text.includes(words) || typeof args.at(-1) === 'function')
      return Reflect.apply(real, this, args);
    left -= 1;
    const lost = () => Promise.reject(new Error('Connection terminated unexpectedly'));
    return when === 'failed' ? lost() : (Reflect.apply(real, this, args) as Promise<unknown>).then(lost);
  } as never);
}

function failMemory(when: 'failed' | 'applied'): Signer {
  const signer = openSigner()!;
  return {
    ...signer,
    memory: {
      read: (origin) => signer.memory.read(origin),
      compareAndSwap: async (previous, next) => {
        if (when === 'applied') await signer.memory.compareAndSwap(previous, next);
        throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      },
    },
  };
}

const QUERIES = [
  'FROM incarnations',
  'INSERT INTO incarnations',
  'SELECT vkey FROM signer_keys',
  'seal_tiles',
  'string_agg',
  'INSERT INTO signer_keys',
  'keep_checkpoint',
  'pg_advisory_unlock',
];

describe.each(['failed', 'applied'] as const)('a call that %s and whose answer is lost', (when) => {
  it.each(QUERIES)('%s: nothing that left is contradicted or forgotten, and the next step goes on', async (words) => {
    // At the very first checkpoint, and again at a later one.
    for (const more of [300, 257]) {
      await append(more);
      failQuery(words, when);
      await sign().catch(() => null);
      vi.restoreAllMocks();
      expect(await sign()).toMatchObject({ kind: 'signed' });
      await assertSound();
    }
  });

  it('the signer’s memory: the same', async () => {
    for (const more of [300, 257]) {
      await append(more);
      await expect(sign(failMemory(when))).rejects.toThrow('EIO');
      // Between the fault and the next step the ledger grows on.
      await append(3);
      expect(await sign()).toMatchObject({ kind: 'signed' });
      const kept = await assertSound();
      // What was remembered and never kept is given out by the next step.
      expect(kept.map(({ size }) => size).includes(String(more === 300 ? 300 : 560))).toBe(when === 'applied');
    }
  });
});

describe('a signer that is killed', () => {
  const start = (how: 'steps' | 'loop', from = 0) => {
    const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/testing/sign-forever.ts', how, ledger.slug, String(from)], {
      env: { ...process.env, VITEST: '' } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const said: string[] = [];
    child.stdout!.on('data', (chunk: Buffer) => said.push(...chunk.toString().trim().split('\n')));
    return { child, said };
  };

  it('at any moment, again and again: every checkpoint that ever left stands, and none is contradicted', async () => {
    let stop = false;
    const write = async () => {
      while (!stop) {
        await append(7);
        await sleep(2);
      }
    };
    const killAgain = async () => {
      for (let round = 0; round < 8; round++) {
        const { child, said } = start('steps', Date.now() + (round + 1) * 10_000_000_000);
        while (said.length < 3 && child.exitCode === null) await sleep(5);
        await sleep(Math.random() * 80);
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('exit', resolve));
        expect(said.filter((line) => !/^(\d+|busy)$/.test(line))).toEqual([]);
      }
    };
    const killed = killAgain().finally(() => {
      stop = true;
    });
    await Promise.all([write(), killed]);
    // The killed ones ran ahead of the clock: what they signed is not gone back behind.
    clock = Date.now() + 1_000_000_000_000;
    let last: Step = { kind: 'busy' };
    while (last.kind === 'busy') last = await sign();
    expect(last).toMatchObject({ kind: 'signed' });
    expect((await assertSound()).length).toBeGreaterThan(20);
  }, 120_000);

  it('and another process takes over; never do both', async () => {
    const stopHere = keepCheckpointing(50);
    const there = start('loop');
    while (!there.said.includes('signing')) await sleep(20);
    const kept = async () =>
      asAdmin(
        db.adminUrl,
        async (c) => (await c.query('SELECT count(*)::int AS n FROM checkpoints WHERE ledger_id = $1', [ledger.id])).rows[0].n as number,
      );
    const grows = async () => {
      const before = await kept();
      await append(5);
      const until = Date.now() + 15_000;
      while ((await kept()) === before && Date.now() < until) await sleep(50);
      expect(await kept()).toBeGreaterThan(before);
    };
    try {
      for (let i = 0; i < 3; i++) await grows();
    } finally {
      // The one that leads stops as it does when the service ends; the other goes on.
      await stopHere();
    }
    await grows();
    there.child.kill('SIGKILL');
    const again = keepCheckpointing(50);
    try {
      await grows();
    } finally {
      await again();
    }
    await assertSound();
  }, 60_000);
});

it('a signer whose folder was lost says so when it starts, before anything is due', async () => {
  await append(3);
  await sign();
  rmSync(dir, { recursive: true });
  const stop = keepCheckpointing(50);
  const open = () =>
    asAdmin(
      db.adminUrl,
      async (c) => (await c.query("SELECT detail->>'say' AS say FROM alarms WHERE ledger_id = $1 AND ended_at IS NULL", [ledger.id])).rows,
    );
  const until = Date.now() + 10_000;
  while ((await open()).length === 0 && Date.now() < until) await sleep(50);
  await stop();
  expect(await open()).toEqual([{ say: expect.stringContaining('npm run signer -- adopt') }]);
});

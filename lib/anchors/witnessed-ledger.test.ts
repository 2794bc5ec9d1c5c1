import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { formatNote } from '@/lib/chain/signed-note';
import { formatVerifierKey, parseVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { formatAddCheckpoint } from '@/lib/chain/witness-request';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { verifierKeys } from '@/lib/signer/keep-keys';
import { signAsLog } from '@/lib/signer/sign-note';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type RunningWitness, runWitness } from '@/lib/testing/run-witness';
import { keepAnchoring } from './keep-anchoring';

let db: TestDatabase;
let dir: string;
let ledger: LedgerRow;
let count = 0;
let clock: number;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  process.env.OUTBOUND_ALLOW = '127.0.0.1';
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-witnessed-'));
  process.env.SIGNER_DIR = path.join(dir, 'signer');
  const slug = `witnessed-${++count}`;
  await asAdmin(db.adminUrl, (client) =>
    client.query("SELECT create_ledger($1, $2, 'agents', 'Witnessed', false)", [slug, `audit.example.org/ledgers/${slug}`]),
  );
  ledger = (await listLedgers()).find((one) => one.slug === slug)!;
  clock = Date.now() - 3_600_000;
});
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
  await prisma().anchorTarget.updateMany({ data: { enabled: false } });
  rmSync(dir, { recursive: true, force: true });
});
afterAll(async () => {
  delete process.env.OUTBOUND_ALLOW;
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
/** More entries, and a checkpoint of them. */
async function grow(entries = 3): Promise<void> {
  await Promise.all(Array.from({ length: entries }, () => appendRecord(ledger.id, prepareAgentRecord(agentRecord(), SOURCE))));
  clock += 10_000;
  expect(await checkpointLedger(ledger, openSigner()!, new Pace(0), new Date(clock))).toMatchObject({ kind: 'signed' });
}
const logOf = () => ({ origin: ledger.origin, vkeys: verifierKeys(openSigner()!.keys.current, ledger.origin).map(formatVerifierKey) });
async function witnessAt(port = 0): Promise<RunningWitness> {
  const witness = await runWitness(dir, [logOf()], 'witness.example/w1', port);
  undo.push(() => witness.kill('SIGKILL'));
  return witness;
}
const setTarget = (url: string, vkeys: string[], name = 'Firm') =>
  prisma().anchorTarget.create({
    data: { ledger_id: ledger.id, kind: 'witness', name, config: { url, vkey: vkeys.join('\n') }, every_seconds: 1, created_by: 'test' },
  });
const targetOf = (id: string) => prisma().anchorTarget.findUniqueOrThrow({ where: { id } });
const anchored = async (id: string) => (await prisma().anchor.count({ where: { target_id: id } })) as number;
const newest = async () => (await newestCheckpoint(ledger.id))!;
const alarms = () =>
  asAdmin(db.adminUrl, async (c) => (await c.query('SELECT kind, subject, detail FROM alarms WHERE ledger_id = $1', [ledger.id])).rows);
function anchoring(): void {
  undo.push(keepAnchoring(20));
}
const WAIT = { timeout: 20_000, interval: 50 };

describe('a ledger with a witness elsewhere', () => {
  it('has its newest checkpoint cosigned, and gives the cosignatures out in the note for anyone to verify', async () => {
    const witness = await witnessAt();
    await grow();
    await setTarget(witness.url, witness.vkeys);
    anchoring();
    await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
    for (let more = 0; more < 3; more++) {
      await grow(2);
      await vi.waitFor(
        async () => expect(await newest()).toMatchObject({ witnessed: true, anchors: [{ kind: 'witness', target: 'Firm' }] }),
        WAIT,
      );
    }
    const keys = [...(await listKeys(ledger.id)).map(({ vkey }) => vkey), ...witness.vkeys].map(parseVerifierKey);
    const opened = openCheckpoint((await newest()).note, keys, ledger.origin);
    expect(opened.verified.map(({ key }) => key.name)).toEqual([ledger.origin, ledger.origin, 'witness.example/w1', 'witness.example/w1']);
  });

  it('goes on after a kill of the witness, whose memory is what it was', async () => {
    const port = await freePort();
    const first = await witnessAt(port);
    await grow();
    const { id } = await setTarget(first.url, first.vkeys);
    anchoring();
    await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
    await first.kill('SIGKILL');
    await grow();
    await vi.waitFor(async () => expect((await targetOf(id)).failures).toBeGreaterThan(0), WAIT);
    expect((await targetOf(id)).last_error).toMatch(/could not be reached/);
    await witnessAt(port);
    // It would be asked again by itself after some seconds.
    await prisma().anchorTarget.update({ where: { id }, data: { next_at: new Date() } });
    await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
    expect(await targetOf(id)).toMatchObject({ failures: 0, last_error: null });
    expect(await alarms()).toEqual([]);
  });

  it('is not kept from it by another that is dead or says nothing', async () => {
    const silent = createServer((socket) => undo.push(() => socket.destroy()));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    undo.push(() => silent.close());
    const witness = await witnessAt();
    await grow();
    const dead = [];
    for (let i = 0; i < 6; i++)
      dead.push(
        await setTarget(`http://127.0.0.1:${i % 2 ? 1 : (silent.address() as { port: number }).port}/`, witness.vkeys, `Dead ${i}`),
      );
    await setTarget(witness.url, witness.vkeys);
    const stop = keepAnchoring(20);
    await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
    expect(dead).toHaveLength(6);
    // Told to stop, the process does not wait for those that say nothing.
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(8_000);
  });
});

describe('two processes at once', () => {
  it('bring each checkpoint once', async () => {
    const witness = await witnessAt();
    await grow();
    const other = await anchoringElsewhere();
    anchoring();
    const { id } = await setTarget(witness.url, witness.vkeys);
    for (let i = 0; i < 6; i++) {
      await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
      await grow(1);
    }
    await vi.waitFor(async () => expect((await newest()).witnessed).toBe(true), WAIT);
    const asked = witness.output().match(/cosigned a checkpoint/g)?.length;
    expect(await anchored(id)).toBe(asked);
    expect(await targetOf(id)).toMatchObject({ failures: 0 });
    other.kill('SIGKILL');
  });
});

describe('a history that is not the one that was witnessed', () => {
  it('is refused by the witness, and is an alarm at once', async () => {
    const witness = await witnessAt();
    await grow();
    // The same keys have signed another, longer history: what a thief of keys or a rewritten database would show.
    const forged = formatCheckpoint({ origin: ledger.origin, size: 1000n, root: new Uint8Array(32).fill(7), extensions: [] });
    const note = formatNote(forged, signAsLog(openSigner()!.keys.current, forged, 1n));
    const answer = await fetch(`${witness.url}add-checkpoint`, {
      method: 'POST',
      body: formatAddCheckpoint({ oldSize: 0n, proof: [], note }),
    });
    expect(answer.status).toBe(200);
    const { id } = await setTarget(witness.url, witness.vkeys);
    anchoring();
    await vi.waitFor(
      async () => expect(await alarms()).toMatchObject([{ kind: 'verification_failed', detail: { say: expect.stringContaining('Firm') } }]),
      WAIT,
    );
    expect((await targetOf(id)).last_error).toContain('1000 entries');
    expect(await anchored(id)).toBe(0);
  });

  it('of a ledger that the witness does not know is told as that', async () => {
    const witness = await runWitness(dir, [{ ...logOf(), origin: 'another.example/log' }]);
    undo.push(() => witness.kill('SIGKILL'));
    await grow();
    const { id } = await setTarget(witness.url, witness.vkeys);
    anchoring();
    await vi.waitFor(async () => expect((await targetOf(id)).last_error).toContain('does not know this ledger'), WAIT);
    expect(await alarms()).toEqual([]);
  });
});

it('a key of the ledger itself is no witness, although an echo of what was sent bears its line', async () => {
  const echo = createHttpServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    response.end(body.slice(body.lastIndexOf('\n\n') + 2));
  });
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done));
  undo.push(() => echo.close());
  await grow();
  const own = (await listKeys(ledger.id)).map(({ vkey }) => vkey).filter((vkey) => parseVerifierKey(vkey).type === 0x06);
  const { id } = await setTarget(`http://127.0.0.1:${(echo.address() as { port: number }).port}/`, own);
  anchoring();
  await vi.waitFor(async () => expect((await targetOf(id)).last_error).toContain('key of the ledger itself'), WAIT);
  expect((await newest()).witnessed).toBe(false);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}

async function anchoringElsewhere(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/testing/anchor-forever.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.env,
  });
  undo.push(() => child.kill('SIGKILL'));
  await new Promise<void>((done) => child.stdout!.once('data', () => done()));
  await sleep(100);
  return child;
}

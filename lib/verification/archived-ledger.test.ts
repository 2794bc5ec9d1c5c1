import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { listSegments } from '@/lib/archive/segments';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { appendRecords } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { findRun } from '@/lib/ledger/read-verifications';
import type { VerificationDto, VerificationScope } from '@/lib/schema/verification';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, signAgain } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { places, tamper } from '@/lib/testing/tamper-ledger';
import { checkCounts } from './check-counts';
import { insertRun } from './insert-run';
import { runVerification } from './run-verification';

/** Verification goes through the boundary between what is here and what is in the archive, and never takes one for the other. */
openArchive();
beforeEach(() => forgetSegments());

/** Three conversations and records of none; of the first 60 positions every one but each fifth is archived, in segments of 20. */
async function archivedLedger(): Promise<{ ledger: LedgerRow; store: DirectoryStore }> {
  const records = Array.from({ length: 80 }, (_, i) =>
    agentRecord({ ...(i % 4 < 3 && { conversation_id: `talk-${i % 4}`, agent_seq: Math.floor(i / 4) + 1 }), details: { text: `of ${i}` } }),
  );
  const ledger = await newLedger(records);
  const store = folderStore(ledger.slug);
  await archive(ledger, store, { due: everythingDue((seq) => seq < 60n && seq % 5n !== 0n), bounds: { rows: 20, bytes: 1e9 } });
  return { ledger, store };
}
async function verify(ledger: LedgerRow, scope: VerificationScope = { kind: 'ledger' }, archive = false): Promise<VerificationDto> {
  const id = await prisma().$transaction((tx) => insertRun(tx, ledger.id, scope, 'test', 'person', archive));
  await runJob(id, { verification: runVerification }, new AbortController().signal);
  const run = (await findRun(prisma(), ledger, id))!;
  if (run.state !== 'done') throw new Error(`the verification is ${run.state}: ${run.error}`);
  return run;
}
const outcomes = (run: VerificationDto) =>
  Object.fromEntries(run.checks.filter(({ name }) => name.startsWith('archive')).map(({ name, outcome }) => [name, outcome]));
const fileOf = async (ledger: LedgerRow, store: DirectoryStore, number: bigint, which: 'objectKey' | 'manifestKey' = 'objectKey') =>
  path.join(store.place, (await listSegments(ledger.id, number - 1n, 1))[0]![which]);
function rewrite(file: string, change: (bytes: Buffer) => Uint8Array): () => void {
  const whole = readFileSync(file);
  chmodSync(file, 0o600);
  writeFileSync(file, change(Buffer.from(whole)));
  return () => writeFileSync(file, whole);
}
const flip = (at: number) => (bytes: Buffer) => {
  bytes[at]! ^= 1;
  return bytes;
};

describe('no false alarm', () => {
  it('on a ledger of which most is archived, by any scope, with the archive as source and without', async () => {
    const { ledger } = await archivedLedger();
    for (const withArchive of [false, true]) {
      const run = await verify(ledger, { kind: 'ledger' }, withArchive);
      expect([places(run), run.verdict, run.records_checked]).toEqual([[], 'valid', 80]);
      expect(outcomes(run)).toEqual({ archive: 'passed', archive_objects: withArchive ? 'passed' : 'not_checked' });
      expect(run.checks.find(({ name }) => name === 'archive')!.say).toContain('the bodies of 48 of these entries are there alone');
      for (const [from, to] of [
        ['0', '7'],
        ['11', '59'],
        ['60', '79'],
      ] as const) {
        const range = await verify(ledger, { kind: 'range', from, to }, withArchive);
        expect([places(range), range.verdict]).toEqual([[], 'valid']);
      }
    }
    for (const conversation_id of ['talk-0', 'talk-1', 'talk-2']) {
      const run = await verify(ledger, { kind: 'conversation', conversation_id });
      expect([places(run), run.verdict, run.records_checked]).toEqual([[], 'valid', 20]);
      expect(outcomes(run)).toEqual({ archive_objects: 'passed' });
    }
    expect(await checkCounts(ledger.id)).toMatchObject({ apart: 0 });
  });

  it('on conversations that are archived whole, and on a ledger without any record left', async () => {
    const { ledger, store } = await archivedLedger();
    await archive(ledger, store);
    const run = await verify(ledger, { kind: 'ledger' }, true);
    expect([places(run), run.verdict, run.records_checked]).toEqual([[], 'valid', 80]);
    const talk = await verify(ledger, { kind: 'conversation', conversation_id: 'talk-1' });
    expect([places(talk), talk.verdict, talk.records_checked]).toEqual([[], 'valid', 20]);
    // And goes on with the chain behind it.
    const more = Array.from({ length: 9 }, (_, i) => agentRecord({ conversation_id: 'talk-1', agent_seq: 21 + i }));
    await appendRecords(
      ledger.id,
      more.map((one) => prepareAgentRecord(one, { key_id: randomUUID(), channel: 'api' })),
    );
    expect((await verify(ledger)).verdict).toBe('valid');
    expect((await verify(ledger, { kind: 'conversation', conversation_id: 'talk-1' })).records_checked).toBe(29);
  });

  it('while records are archived and appended, run after run', { timeout: 120_000 }, async () => {
    const { ledger, store } = await archivedLedger();
    let stop = false;
    const write = async () => {
      while (!stop) {
        await appendRecords(
          ledger.id,
          Array.from({ length: 20 }, (_, n) =>
            prepareAgentRecord(agentRecord({ conversation_id: `live-${n % 4}` }), { key_id: randomUUID(), channel: 'api' }),
          ),
        );
        await signAgain(ledger);
        await archive(ledger, store, { due: everythingDue((seq) => seq % 7n !== 0n), bounds: { rows: 13, bytes: 1e9 } });
      }
    };
    const look = async () => {
      for (let round = 0; round < 6; round++) {
        const run = await verify(ledger, { kind: 'ledger' }, round % 2 === 1);
        expect([places(run), run.verdict]).toEqual([[], 'valid']);
        const talk = await verify(ledger, { kind: 'conversation', conversation_id: round % 2 ? 'live-0' : 'talk-1' });
        expect([places(talk), talk.verdict]).toEqual([[], 'valid']);
      }
    };
    const writing = write();
    try {
      await look();
    } finally {
      stop = true;
      await writing;
    }
  });
});

describe('is found', () => {
  it('a record that somebody deleted beside the archive, whatever the archive’s own rows are made to say', async () => {
    const { ledger } = await archivedLedger();
    await tamper(db, ledger.id, (c) => c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = 65', [ledger.id]));
    const run = await verify(ledger);
    expect([places(run), run.verdict]).toEqual([['body_missing@65'], 'incomplete']);
    // A row that claims it is archived excuses nothing: the manifest is signed.
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE archive_segments DISABLE TRIGGER ALL');
      await c.query(
        `UPDATE archive_segments SET seqs = seqs + '{[65,66)}', last_seq = 65, rows = rows + 1 WHERE ledger_id = $1 AND number = 3`,
        [ledger.id],
      );
    });
    const forged = await verify(ledger);
    expect(places(forged)).toEqual(expect.arrayContaining(['body_missing@65', expect.stringMatching(/^archive_altered@/)]));
    expect(forged.verdict).toBe('tampered');
  });

  it.each<[string, string, RegExp]>([
    [
      'a manifest of somebody else’s making',
      `UPDATE archive_segments SET manifest = convert_to(replace(convert_from(manifest, 'UTF8'), '"rows":20', '"rows":21'), 'UTF8')`,
      /^archive_altered@/,
    ],
    ['a manifest that is gone, with its row', 'DELETE FROM archive_segments', /^(archive_missing|body_missing)@/],
    ['another object', `UPDATE archive_segments SET object_key = 'x/1.jsonl.gz'`, /^archive_altered@/],
    ['another digest', `UPDATE archive_segments SET gzip_sha256 = sha256('x')`, /^archive_altered@/],
    ['a shorter time to be kept', `UPDATE archive_segments SET retain_until = now()`, /^archive_altered@/],
  ])('%s', async (_what, change, code) => {
    const { ledger } = await archivedLedger();
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE archive_segments DISABLE TRIGGER ALL');
      await c.query('ALTER TABLE archive_conversations DISABLE TRIGGER ALL');
      if (change.startsWith('DELETE')) await c.query('DELETE FROM archive_conversations WHERE ledger_id = $1 AND number = 2', [ledger.id]);
      await c.query(`${change} WHERE ledger_id = $1 AND number = 2`, [ledger.id]);
      await c.query('ALTER TABLE archive_conversations ENABLE ALWAYS TRIGGER append_only_row');
    });
    const run = await verify(ledger);
    expect(run.verdict).not.toBe('valid');
    expect(places(run).some((place) => code.test(place))).toBe(true);
  });

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['a byte in the middle', flip(400)],
    ['the last byte', (bytes) => flip(bytes.length - 1)(bytes)],
    ['its second half cut off', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['all of it cut off', () => Buffer.alloc(0)],
    ['something behind it', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ])('an object of which somebody changed %s, with the archive as source', async (_what, change) => {
    const { ledger, store } = await archivedLedger();
    rewrite(await fileOf(ledger, store, 2n), change);
    expect((await verify(ledger)).verdict).toBe('valid');
    const run = await verify(ledger, { kind: 'ledger' }, true);
    expect([run.verdict, outcomes(run).archive_objects]).toEqual(['tampered', 'failed']);
    expect(places(run).every((place) => place.startsWith('archive_altered@'))).toBe(true);
    const talk = await verify(ledger, { kind: 'conversation', conversation_id: 'talk-1' });
    expect(talk.verdict).toBe('tampered');
  });

  it('a manifest beside the objects that is another, and an object that is gone', async () => {
    const { ledger, store } = await archivedLedger();
    const undo = rewrite(await fileOf(ledger, store, 1n, 'manifestKey'), flip(50));
    expect(places(await verify(ledger, { kind: 'ledger' }, true))).toEqual([expect.stringMatching(/^archive_altered@/)]);
    undo();
    rmSync(await fileOf(ledger, store, 3n));
    const run = await verify(ledger, { kind: 'ledger' }, true);
    expect([places(run).length, places(run)[0]]).toEqual([1, expect.stringMatching(/^archive_missing@/)]);
  });

  it('a header here that is another than the archived one, and a conversation that is said to lie elsewhere', async () => {
    const { ledger } = await archivedLedger();
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE archive_conversations DISABLE TRIGGER ALL');
      await c.query(
        `UPDATE archive_conversations SET seqs = seqs - '{[1,2)}' WHERE ledger_id = $1 AND conversation_id = 'talk-1' AND number = 1`,
        [ledger.id],
      );
      await c.query('ALTER TABLE archive_conversations ENABLE ALWAYS TRIGGER append_only_row');
    });
    expect(places(await verify(ledger, { kind: 'ledger' }, true))).toContain('projection_altered@1');
    await tamper(db, ledger.id, (c) => c.query(`UPDATE entries SET submitted = sha256('x') WHERE ledger_id = $1 AND seq = 6`, [ledger.id]));
    expect(places(await verify(ledger, { kind: 'ledger' }, true))).toContain('archive_altered@6');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { countRetention } from '@/lib/ledger/count-retention';
import { decideRetention } from '@/lib/ledger/decide-retention';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { readPolicies } from '@/lib/ledger/read-retention';
import { decide } from '@/lib/policy/retention-decide';
import { makeRules } from '@/lib/policy/retention-rules';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { DueRecords } from '@/lib/retention/find-due';
import { setSchedule, startArchive } from '@/lib/retention/manage-archive';
import { previewArchive } from '@/lib/retention/view-archive';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, countAll } from '@/lib/testing/archived-ledger';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { openIngestDoor } from '@/lib/testing/open-ingest-door';
import { verify } from '@/lib/testing/tamper-ledger';
import { requestShredding } from '@/lib/words/request-shredding';
import { DirectoryStore } from './directory-store';

/** What other ledgers are verified by stays where it is asked for. */
let db: TestDatabase;
let access: LedgerRow;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-access-'));
beforeAll(async () => {
  db = await freshDatabase();
  process.env.SIGNER_DIR = path.join(folder, 'signer');
  process.env.ARCHIVE_DIR = path.join(folder, 'own');
  access = (await listLedgers()).find((ledger) => ledger.kind === 'access')!;
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});
const left = () =>
  asAdmin(
    db.adminUrl,
    async (client) => (await client.query('SELECT count(*)::int AS n FROM records WHERE ledger_id = $1', [access.id])).rows[0].n as number,
  );

it('a shredding is known years later: of the access ledger that tells it nothing is archived, whoever asks', {
  timeout: 60_000,
}, async () => {
  const door = await openIngestDoor(db, [agentRecord().agent_name!]);
  await door.post(agentRecord({ conversation_id: 'talk-1', content: [{ part: 'response', text: 'Two.' }] }));
  const officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
  await requestShredding(officer, 'main', {
    scope: { kind: 'conversation', value: 'talk-1' },
    authority: 'GDPR',
    reason: 'asked',
    confirm: 'talk-1',
  });
  await door.close();
  expect((await verify(db.ledgers.main)).verdict).toBe('valid');
  await checkpointLedger(access, openSigner()!, new Pace(Date.now()), new Date(Date.now() + 600_000));
  await countAll(access.id);
  const before = await left();
  // Past everything: a due list that holds all of it, as a wrong policy would make it.
  await expect(archive(access, new DirectoryStore(path.join(folder, 'store')))).rejects.toMatchObject({ code: 'HF026' });
  expect(await left()).toBe(before);
  expect((await verify(db.ledgers.main)).verdict).toBe('valid');
});

it('nothing of it is due for archival, ever, and its decision says why', async () => {
  while ((await countRetention(access.id))?.caughtUp === false);
  const far = Date.now() + 50 * 365.25 * 86_400_000;
  const due = await DueRecords.of(access, { now: far });
  expect([due.about, (await due.find(-1n, 2_000)).found]).toEqual([0, []]);
  const figures = await decideRetention(access, far);
  expect(figures.policies.every(({ due }) => due === 0)).toBe(true);
  const rules = makeRules(await boundedRead((tx) => readPolicies(tx, access.id)));
  const decision = decide({ event: '2020-01-01', recorded: '2020-01-01', domains: ['hipaa'], unmapped: [], triggers: new Map() }, rules);
  expect([decision.keep_until, decision.archive_from, decision.say]).toEqual([null, null, expect.stringContaining('stays whole')]);
});

it('who asks for it is told', async () => {
  const officer = await makeViewer({ [access.id]: 'compliance_officer' });
  await expect(startArchive(officer, 'access')).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringContaining('stays whole'),
  });
  await expect(setSchedule(officer, 'access', { on: true })).rejects.toMatchObject({ code: 'archive_refused' });
  expect((await previewArchive(officer, 'access', undefined)).say).toContain('stays whole');
});

it.each([
  `archive_plan($1, 1, NULL, '{[0,1)}', now(), 1, 'directory', '/x', 'x')`,
  'prune_segment($1, 1, 1, 10)',
  'archive_look($1, 1, 0, 256)',
  'prune_leaf($1, 1, 0)',
  `destroy_records($1, 1, '00000000-0000-4000-8000-000000000000', '', '{0}')`,
  `destroy_archived($1, 1, '00000000-0000-4000-8000-000000000000', '', 1, '[]')`,
])('the database refuses it: %s', async (call) => {
  const code = await asAdmin(db.adminUrl, (client) => client.query(`SELECT ${call}`, [access.id])).then(
    () => null,
    (error) => error.code,
  );
  expect(code).toBe('HF026');
});

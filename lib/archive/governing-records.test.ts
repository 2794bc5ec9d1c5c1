import { beforeAll, expect, it } from 'vitest';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listAgents, readChangeInForce, readChanges } from '@/lib/ledger/read-changes';
import { readGrants, readInForce } from '@/lib/ledger/read-in-force';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { restoreRange } from './restore-range';

/** What is in force does not hang on whether its record is still in the database. */
let ledger: LedgerRow;
openArchive();
beforeAll(async () => {
  const at = (day: number) => ({ agent_name: 'bot', timestamp: `2020-01-0${day}T00:00:00.000Z` });
  ledger = await newLedger([
    agentRecord({ ...at(1), action: 'access_granted', details: { grant_id: 'g-1', scope: 'charts' } }),
    agentRecord({ ...at(1), action: 'access_granted', details: { grant_id: 'g-2', scope: 'labs' } }),
    agentRecord({ ...at(2), action: 'prompt_changed', details: { version: 'v8' } }),
    agentRecord({ ...at(3), action: 'prompt_changed', details: { version: 'v9', previous_version: 'v8' } }),
    agentRecord({ ...at(3), action: 'model_changed', details: { model: 'm-1' } }),
    agentRecord({ ...at(4), action: 'access_revoked', details: { grant_id: 'g-2' } }),
    agentRecord({ ...at(5), agent_name: 'other', action: 'prompt_changed', details: { version: 'o-1' } }),
    agentRecord({ action: 'conversation_started', conversation_id: 'new', agent_name: 'bot', agent_seq: 1 }),
    agentRecord({ action: 'prompt_changed', agent_name: 'bot', details: { version: 'v10' } }),
  ]);
});

const look = () =>
  boundedRead(async (tx) => ({
    grants: (await readGrants(tx, ledger, 'bot', { first: 7n, last: 7n, startedAt: '2026-11-01T00:00:00.000Z' })).map(
      (one) => one.grant_id,
    ),
    inForce: await readInForce(tx, ledger, 'bot', 7n),
    earlier: await readInForce(tx, ledger, 'bot', 3n),
    change: await readChangeInForce(tx, ledger, 'bot', 'prompt', 7n),
    changes: await readChanges(tx, ledger, 'bot', 20n, 10),
    agents: await listAgents(tx, ledger, 20n, 10),
  }));
const kept = () =>
  asAdmin(db.adminUrl, async (client) =>
    (await client.query('SELECT seq FROM governing_records ORDER BY seq')).rows.map(({ seq }) => Number(seq)),
  );

it('grants, prompts and models in force are the same before archival, after it, and after records were put back', async () => {
  const before = await look();
  expect([before.grants, before.inForce.prompt?.version, before.earlier.prompt?.version, before.inForce.model?.name]).toEqual([
    ['g-1'],
    'v9',
    'v8',
    'm-1',
  ]);
  expect(before.changes.length).toBe(4);
  expect(before.agents).toContain('other');
  const store = folderStore('store');
  // Some of them first, so that what is here and what is kept are read together.
  await archive(ledger, store, { due: everythingDue((seq) => seq === 3n || seq === 5n) });
  expect(await kept()).toEqual([3, 5]);
  expect(await look()).toEqual(before);
  await archive(ledger, store, { due: everythingDue((seq) => seq < 8n) });
  expect(await kept()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await look()).toEqual(before);
  await restoreRange({ ledger, from: 0n, to: 4n, hotUntil: new Date(Date.now() + 86_400_000) });
  expect(await kept()).toEqual([5, 6]);
  expect(await look()).toEqual(before);
});

it('a verification with the archive as its source finds each of them here, or kept', async () => {
  const { breaks } = await verifyEntries({ ledgerId: ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} });
  expect(breaks.kept()).toEqual([]);
});

it('what is kept can be neither changed nor taken away, and is believed only where its entry names it', async () => {
  const tryIt = (sql: string) =>
    asAdmin(db.adminUrl, (client) => client.query(sql)).then(
      () => 'done',
      (error) => error.code,
    );
  expect(await tryIt(`UPDATE governing_records SET agent_name = 'x'`)).toBe('HF001');
  expect(await tryIt('DELETE FROM governing_records')).toBe('HF001');
  expect(await tryIt('TRUNCATE governing_records')).toBe('HF001');
  await asAdmin(db.adminUrl, async (client) => {
    for (const trigger of ['append_only_row', 'append_only_statement'])
      await client.query(`ALTER TABLE governing_records DISABLE TRIGGER ${trigger}`);
    await client.query(
      `UPDATE governing_records SET body = convert_to(replace(convert_from(body, 'UTF8'), 'o-1', 'o-2'), 'UTF8') WHERE seq = 6`,
    );
  });
  expect((await boundedRead((tx) => readInForce(tx, ledger, 'other', 20n))).prompt).toBe(null);
  const archived = () => verifyEntries({ ledgerId: ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} });
  const found = async () => (await archived()).breaks.kept().map(({ code, seq }) => `${code}@${seq}`);
  expect(await found()).toEqual(['projection_altered@6']);
  await asAdmin(db.adminUrl, (client) => client.query('DELETE FROM governing_records WHERE seq = 6'));
  expect(await found()).toEqual(['projection_altered@6']);
});

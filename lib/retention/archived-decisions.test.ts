import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decideDue } from '@/lib/ledger/decide-due';
import { decideRetention } from '@/lib/ledger/decide-retention';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { RecordInput } from '@/lib/schema/record';
import { ConversationDecisionAnswer } from '@/lib/schema/retention';
import { viewRecord } from '@/lib/screens/view-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, placeHoldOn } from '@/lib/testing/archived-ledger';
import { destroy, destroyableLedger, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { changePolicies } from './change-policies';
import { decideConversation, decideRecord } from './decide-records';
import { enterTrigger } from './enter-triggers';

openArchive();

const LATER = Date.parse('2045-01-01T00:00:00Z');
const DAY = '2024-01-01T00:00:00.000Z';

async function open(records: Partial<RecordInput>[]) {
  const ledger = await newLedger(records.map((one, i) => agentRecord({ timestamp: DAY, agent_seq: i + 1, ...one })));
  const { slug } = ledger;
  await recount(ledger.id);
  const officer = await makeViewer({ [ledger.id]: 'compliance_officer' });
  const leave = async (which?: (seq: bigint) => boolean) => {
    await archive(ledger, folderStore(slug), { due: everythingDue(which) });
    await recount(ledger.id);
  };
  const hold = async (kind: string, value: string) => {
    await placeHoldOn(db, ledger.id, kind, value);
    await recount(ledger.id);
  };
  return { ledger, slug, officer, leave, hold };
}
const figures = async (ledger: LedgerRow, now = LATER) => {
  const { due, held, held_and_due, records, say } = await decideRetention(ledger, now);
  const list = await decideDue(ledger, now);
  expect([list.due, list.held]).toEqual([due, held_and_due]);
  return { due, held, records, say };
};

describe('a conversation of which records have left the database', () => {
  it('is decided from all of them, those in the archive included', async () => {
    const { slug, officer, leave } = await open([
      { conversation_id: 'c', domains: ['financial'] },
      { conversation_id: 'c', actor_id: 'someone' },
    ]);
    const before = await decideConversation(officer, slug, 'c', LATER);
    expect(before).toMatchObject({ complete: true, records: 2, due: true });
    await leave((seq) => seq === 0n);
    expect(await decideConversation(officer, slug, 'c', LATER)).toEqual(before);
    const early = Date.now() + 2 * 366 * 86_400_000;
    expect(await decideConversation(officer, slug, 'c', early)).toMatchObject({ keep_until: before.keep_until, due: false });
    await leave();
    expect(await decideConversation(officer, slug, 'c', LATER)).toEqual(before);
  });

  it('is held where a hold reaches one that is in the archive', async () => {
    const { slug, officer, leave, hold } = await open([
      { conversation_id: 'c', actor_id: 'first' },
      { conversation_id: 'c', actor_id: 'second' },
    ]);
    await leave((seq) => seq === 0n);
    await hold('actor', 'first');
    const found = await decideConversation(officer, slug, 'c', LATER);
    expect(found).toMatchObject({ due: false, complete: true });
    expect(found.holds.map(({ number }) => number)).toEqual([1]);
  });

  it('is never due while one of them cannot be read, and says so; a hold on that one is told all the same', async () => {
    const { slug, officer, leave, hold } = await open([
      { conversation_id: 'c', actor_id: 'first', domains: ['financial'] },
      { conversation_id: 'c', actor_id: 'second' },
    ]);
    await leave((seq) => seq === 0n);
    rmSync(folderStore(slug).place, { recursive: true, force: true });
    const found = await decideConversation(officer, slug, 'c', LATER);
    expect(found).toMatchObject({ due: false, complete: false, records: 1, holds: [] });
    expect(found.say).toContain('decided from 1 of its 2 records: others may be kept longer');
    await hold('actor', 'first');
    expect((await decideConversation(officer, slug, 'c', LATER)).holds.map(({ number }) => number)).toEqual([1]);
  });
});

describe('of what was destroyed', () => {
  const OLD = '2020-03-01T12:00:00.000Z';
  const world = () =>
    destroyableLedger([
      agentRecord({ conversation_id: 'c', timestamp: OLD, agent_seq: 1 }),
      agentRecord({ conversation_id: 'c', timestamp: OLD, agent_seq: 2 }),
      agentRecord({ conversation_id: 'c', agent_seq: 3, domains: ['financial'] }),
    ]);

  it('nothing is decided any more, and that is said with its certificate: of a record, and of a conversation once nothing of it is left', async () => {
    const w = await world();
    const { number } = await destroy(w, { kind: 'range', from: '0', to: '0' });
    const { entry } = await viewRecord(w.auditor, { ledger: w.slug, id: '0' });
    await expect(decideRecord(w.auditor, w.slug, entry.id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(`^Erased under policy on .*, certificate #${number}\\. .* No policy decides about it any more\\.$`),
    });
    const gone = await destroyableLedger([agentRecord({ conversation_id: 'c', timestamp: OLD })]);
    await destroy(gone);
    await expect(decideConversation(gone.auditor, gone.slug, 'c')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('All records of this conversation were erased under policy'),
    });
  });

  it('a conversation is decided from the rest: one record destroyed, one in the archive alone, one in the database', async () => {
    const w = await world();
    await destroy(w, { kind: 'range', from: '0', to: '0' });
    await archive(w.ledger, folderStore(w.slug), { due: everythingDue((seq) => seq === 1n) });
    await recount(w.ledger.id);
    const found = await decideConversation(w.auditor, w.slug, 'c');
    expect(ConversationDecisionAnswer.parse(found)).toEqual(found);
    expect(found).toMatchObject({ records: 2, complete: true, due: false });
    expect(found.say).toContain('Financial');
  });
});

describe('sums of archived records', () => {
  const SCOPES = [
    ['conversation', 'c'],
    ['subject', 'P-1'],
    ['actor', 'first'],
    ['agent', 'clerk'],
  ] as const;
  const records = [
    { conversation_id: 'c', subject_id: 'P-1', actor_id: 'first', agent_name: 'clerk' },
    { conversation_id: 'd', subject_id: 'P-2', actor_id: 'second', agent_name: 'other' },
  ];

  it.each(SCOPES)('count as held what a hold on a %s reaches, and the others as due', async (kind, value) => {
    const { ledger, leave, hold } = await open(records);
    await leave();
    expect(await figures(ledger)).toMatchObject({ due: { hot: 0, archived: 2 }, held: 0 });
    await hold(kind, value);
    const found = await figures(ledger);
    expect(found).toMatchObject({ records: { hot: 0, archived: 2 }, due: { archived: 1 }, held: 1 });
    expect(found.say.join(' ')).toContain('1 record is under hold; 1 of them would be due');
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_scopes SET standing = false WHERE ledger_id = $1', [ledger.id]));
  });

  it('count as held what happened or was recorded on days that are held', async () => {
    const { ledger, leave } = await open(records);
    await leave();
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_from, scope_to, reason, placed_by) VALUES ($1, 'M', 'time', '', '2023-12-31', '2024-01-02', 'r', 'a')`,
        [ledger.id],
      ),
    );
    await recount(ledger.id);
    expect(await figures(ledger)).toMatchObject({ due: { archived: 0 }, held: 2 });
  });

  it('know trigger events from before the archival and from after it', async () => {
    const account = { resource_type: 'account', resource_id: 'A-1', domains: ['finra'] };
    const { ledger, slug, officer, leave } = await open([account, { ...account, resource_id: 'A-2' }]);
    await changePolicies(officer, slug, { if_version: 1, reason: 'We trade', set: [{ code: 'finra', on: true }], settle: [], reopen: [] });
    const closed = (id: string) =>
      enterTrigger(
        officer,
        slug,
        { trigger: 'account_closed', scope: { kind: 'resource', type: 'account', value: id }, day: '2041-01-01', reason: 'Closed' },
        LATER,
      );
    await closed('A-1');
    await leave();
    expect(await figures(ledger)).toMatchObject({ due: { archived: 1 } });
    await closed('A-2');
    await recount(ledger.id);
    expect(await figures(ledger)).toMatchObject({ due: { archived: 0 } });
  });
});

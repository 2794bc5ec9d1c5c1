import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { askRelease, confirmRelease, declineRelease, placeHold } from '@/lib/retention/legal-holds';
import type { HoldDto, HoldScope } from '@/lib/schema/holds';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { agentRecord, verify } from '@/lib/testing/tamper-ledger';

let db: TestDatabase;
let ledger: number;
let officer: Viewer;
let second: Viewer;
const SCOPES: HoldScope[] = [
  { kind: 'conversation', value: 'c-1' },
  { kind: 'subject', value: 'P-1' },
  { kind: 'resource', type: 'chart', value: 'R/1' },
  { kind: 'actor', value: 'a-1' },
  { kind: 'agent', value: 'triage' },
  { kind: 'time', from: '2026-01-01', to: '2026-03-31' },
];
const LONG = `${'Naïve “reasons” 🙂 '.repeat(60)}`.slice(0, 1_000).trim();
/** By number: 1 … 6 stand, one of each kind; 7 is released; 8 is asked for; 9 was asked for and declined. */
const holds: HoldDto[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  ledger = db.ledgers.main;
  officer = await makeViewer({ [ledger]: 'compliance_officer' });
  second = await makeViewer({ [ledger]: 'compliance_officer' });
  await appendRecords(ledger, [agentRecord(), agentRecord(), agentRecord()]);
  const place = async (scope: HoldScope) =>
    void holds.push(await placeHold(officer, 'main', { matter: 'Doe v. Clinic', scope, reason: LONG, custodian: 'Records office' }));
  for (const scope of [...SCOPES, ...SCOPES.slice(0, 3)]) await place(scope);
  for (const hold of holds.slice(6)) await askRelease(officer, 'main', hold.id, 'Settled');
  await confirmRelease(second, 'main', holds[6]!.id);
  await declineRelease(second, 'main', holds[8]!.id, 'The appeal runs');
  await asAdmin(db.adminUrl, (c) =>
    c.query('CREATE TABLE holds_before AS TABLE legal_holds; CREATE TABLE scopes_before AS TABLE retention_scopes'),
  );
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** As an administrator of the database, for whom no trigger fires. */
const behind = (sql: string) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query("SET session_replication_role = 'replica'");
    await c.query(sql);
  });
const edit = (number: number, change: string) => behind(`UPDATE legal_holds SET ${change} WHERE number = ${number}`);
const said = async () => {
  const run = await verify(ledger);
  const check = run.checks.find(({ name }) => name === 'holds');
  return {
    verdict: run.verdict,
    outcome: check?.outcome,
    say: check?.say,
    breaks: run.breaks.map(({ code, expected, found }) => [code, expected, found]),
  };
};
afterEach(() =>
  behind(
    `DELETE FROM legal_holds; DELETE FROM retention_scopes; INSERT INTO retention_scopes OVERRIDING SYSTEM VALUE SELECT * FROM scopes_before;
     INSERT INTO legal_holds SELECT * FROM holds_before; DELETE FROM retention_traces`,
  ),
);

it('holds that are as they were placed, asked for, declined and released by two are told as that; a part of the ledger says that it did not look', async () => {
  expect(await said()).toEqual({
    verdict: 'valid',
    outcome: 'passed',
    say: '9 legal holds against the entries of the access log: placed as they say, released by two people, in force until then.',
    breaks: [],
  });
  const part = await verify(ledger, { kind: 'range', from: '0', to: '1' });
  expect(part.checks.find(({ name }) => name === 'holds')?.outcome).toBe('not_checked');
  // Of another ledger they are not.
  expect((await verify(db.ledgers.access)).checks.some(({ name }) => name === 'holds')).toBe(false);
});

describe('an administrator of the database who', () => {
  it('deletes a hold is found by its entry; with the newest one too', async () => {
    await behind('DELETE FROM legal_holds WHERE number IN (2, 9)');
    const { verdict, breaks } = await said();
    expect(verdict).toBe('tampered');
    expect(breaks).toEqual([
      ['hold_missing', `hold #2 on subject P-1, placed by ${officer.person.email}`, 'no such hold'],
      ['hold_missing', `hold #9 on resource chart R/1, placed by ${officer.person.email}`, 'no such hold'],
    ]);
  });

  it.each([
    [
      'ends one alone',
      4,
      `released_at = now(), released_by = 'x@example.org', release_reason = 'Over'`,
      'in force: no entry of the access ledger says that it was released',
      'none',
    ],
    [
      'confirms for somebody a release that one person asked for',
      8,
      `released_at = now(), released_by = 'x@example.org', release_reason = 'Over'`,
      'in force: no entry of the access ledger says that it was released',
      'none',
    ],
    [
      'makes a released one stand again',
      7,
      'released_at = NULL, released_by = NULL, released_by_id = NULL, release_reason = NULL',
      'released by',
      'it stands',
    ],
    ['says that another released it', 7, `released_by = 'x@example.org'`, 'released by', 'x@example.org'],
    ['says that another had asked', 7, `release_asked_by = 'x@example.org'`, 'its release asked for by', 'x@example.org'],
    [
      'asks for a release in nobody’s name',
      1,
      `release_asked_by = 'x@example.org', release_asked_by_id = placed_by_id, release_asked_at = now(), release_asked_reason = 'r'`,
      'nobody asks for its release',
      'x@example.org',
    ],
    [
      'takes a request away',
      8,
      'release_asked_by = NULL, release_asked_by_id = NULL, release_asked_at = NULL, release_asked_reason = NULL',
      'asks for its release',
      'nobody does',
    ],
    ['puts one on somebody else', 2, `scope_value = 'P-2'`, 'on subject P-1', 'subject P-2'],
    ['narrows the days of one', 6, `scope_to = '2026-01-02'`, 'on days 2026-01-01 to 2026-03-31', 'days 2026-01-01 to 2026-01-02'],
    ['changes for what it is', 3, `matter = 'Roe v. Clinic'`, 'for Doe v. Clinic', 'Roe v. Clinic'],
    ['changes why', 3, `reason = 'None'`, 'because Naïve', 'None'],
    ['changes whose it is', 3, 'custodian = NULL', 'custodian Records office', 'none'],
    ['changes who placed it', 3, `placed_by = 'x@example.org'`, 'placed by', 'x@example.org'],
  ])('%s is found, with the hold’s number', async (_, number, change, expected, found) => {
    await edit(number, change);
    const { verdict, outcome, breaks } = await said();
    expect([verdict, outcome]).toEqual(['tampered', 'failed']);
    expect(breaks[0]).toEqual(['hold_altered', expect.stringContaining(`hold #${number}: `), found]);
    expect(breaks[0]![1]).toContain(expected);
    expect(breaks.every(([, one]) => one!.startsWith(`hold #${number}: `))).toBe(true);
  });

  it.each([
    [
      'lets a hold stand and keep nothing',
      `UPDATE retention_scopes SET standing = false WHERE kind = 'agent'`,
      ['in force', 'it keeps nothing'],
    ],
    [
      'lets a hold stand and keep something else',
      `UPDATE retention_scopes SET value = 'other' WHERE kind = 'agent'`,
      ['keeps agent triage', 'agent other'],
    ],
    ['takes away what keeps by it', `DELETE FROM retention_scopes WHERE kind = 'agent'`, ['what keeps by it', 'nothing']],
    ['makes it the mark of a clock', `UPDATE retention_scopes SET use = 'trigger' WHERE kind = 'agent'`, ['what keeps by it', 'nothing']],
  ])('%s is found, though the hold itself is as it was', async (_, change, [expected, found]) => {
    await behind(change);
    expect((await said()).breaks).toEqual([['hold_altered', `hold #5: ${expected}`, found]]);
  });

  it('writes a hold in somebody’s name is found', async () => {
    await behind(
      `WITH made AS (INSERT INTO retention_scopes (ledger_id, use, kind, value) VALUES (${ledger}, 'hold', 'agent', 'x') RETURNING mark)
       INSERT INTO legal_holds (ledger_id, number, mark, matter, scope_kind, scope_value, reason, placed_by)
         SELECT ${ledger}, 10, mark, 'm', 'agent', 'x', 'r', '${officer.person.email}' FROM made`,
    );
    expect((await said()).breaks).toEqual([['hold_altered', 'hold #10: an entry of the access ledger that it was placed', 'none']]);
  });

  it('takes a hold away and the words of its entry is found by the number that is missing, and by the access ledger’s own verification', async () => {
    await behind('DELETE FROM legal_holds WHERE number = 4');
    await asAdmin(db.adminUrl, async (c) => {
      await c.query("SET session_replication_role = 'replica'");
      const { rows } = await c.query(
        `SELECT tableoid::regclass AS part, seq FROM records WHERE ledger_id = $1 AND action = 'hold_placed' AND resource_type = 'actor'`,
        [db.ledgers.access],
      );
      for (const table of ['records', `records_l${db.ledgers.access}`, rows[0].part])
        await c.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = $2', [db.ledgers.access, rows[0].seq]);
    });
    expect((await said()).breaks).toEqual([['hold_missing', 'hold #4', 'no such hold, and no entry of it']]);
    expect((await verify(db.ledgers.access)).breaks).toMatchObject([{ code: 'body_missing' }]);
    // A trace that says that the entry is in the archive, where no entry of an access ledger goes, excuses nothing.
    await behind(
      `INSERT INTO legal_holds SELECT * FROM holds_before WHERE number = 4;
       INSERT INTO retention_traces SELECT ${db.ledgers.access}, 'resource', 'a-1', 'actor', '', 0, 1`,
    );
    expect((await said()).breaks).toEqual([['hold_altered', 'hold #4: an entry of the access ledger that it was placed', 'none']]);
  });
});

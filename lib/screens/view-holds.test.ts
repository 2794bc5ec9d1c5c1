import { beforeAll, describe, expect, it } from 'vitest';
import { holdObjects } from '@/lib/archive/hold-objects';
import { restoreRange } from '@/lib/archive/restore-range';
import type { Viewer } from '@/lib/auth/viewer';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { askRelease, confirmRelease, declineRelease, placeHold, previewHold, readHolds, viewHold } from '@/lib/retention/legal-holds';
import type { HoldDto, HoldScope, HoldsView } from '@/lib/schema/holds';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { viewConversation } from './view-conversation';
import { viewHoldPage, viewHolds } from './view-holds';

let ledger: LedgerRow;
let officer: Viewer;
let second: Viewer;
let auditor: Viewer;
openArchive();
beforeAll(async () => {
  const records = Array.from({ length: 30 }, (_, i) =>
    agentRecord({
      // Of one conversation it is known only later whom it is about.
      conversation_id: i === 6 || i === 29 ? 'late' : `talk-${i % 3}`,
      subject_id: i === 6 ? undefined : i === 29 ? 'S-late' : `S-${i % 3}`,
      agent_name: i % 3 === 1 ? 'intake' : 'triage',
      resource_type: 'patient_record',
      resource_id: `P-${i}`,
    }),
  );
  ledger = await newLedger(records, 'archived');
  const on = [ledger.id, db.ledgers.main];
  const role = (name: 'compliance_officer' | 'auditor') => Object.fromEntries(on.map((id) => [id, name]));
  officer = await makeViewer(role('compliance_officer'));
  second = await makeViewer(role('compliance_officer'));
  auditor = await makeViewer(role('auditor'));
  const store = folderStore('store');
  await archive(ledger, store, { due: everythingDue((seq) => seq % 3n !== 2n && seq < 25n), bounds: { rows: 5, bytes: 1e9 } });
});

const place = (scope: HoldScope, matter = 'M') => placeHold(officer, 'archived', { matter, scope, reason: 'Litigation' });
const release = async ({ id }: HoldDto) => {
  await askRelease(officer, 'archived', id, 'Settled');
  return confirmRelease(second, 'archived', id);
};
const page = async (id: string) => (await viewHoldPage(auditor, { ledger: 'archived', id })).detail;
const today = new Date().toISOString().slice(0, 10);
const SCOPES: HoldScope[] = [
  { kind: 'conversation', value: 'talk-0' },
  { kind: 'subject', value: 'S-1' },
  { kind: 'resource', type: 'patient_record', value: 'P-3' },
  { kind: 'actor', value: agentRecord().actor_id },
  { kind: 'agent', value: 'intake' },
  { kind: 'time', from: today, to: today },
];

describe('a hold on what has left the database', () => {
  const late: HoldScope = { kind: 'subject', value: 'S-late' };
  it.each([
    ...SCOPES.map((scope) => [scope.kind as string, scope] as const),
    ['a person who was named after it was archived', late] as const,
  ])('by %s: names the segments that the archive holds for it, and whether their store took it', async (_, scope) => {
    const previewed = await previewHold(officer, 'archived', scope);
    const hold = await place(scope);
    const { rows } = await asAdmin(db.adminUrl, (c) => c.query('SELECT DISTINCT archive_held($1) AS n ORDER BY 1 DESC', [ledger.id]));
    const held = rows.map(({ n }) => String(n));
    expect(held.length).toBeGreaterThan(0);
    const before = await page(hold.id);
    expect(before.segments.map(({ number, legal_hold }) => [number, legal_hold])).toEqual(held.map((n) => [n, false]));
    expect(previewed.segments).toEqual({ count: held.length, exact: true });
    await holdObjects(ledger.id);
    const after = await page(hold.id);
    expect(after.segments.every(({ legal_hold, legal_hold_at }) => legal_hold && legal_hold_at !== null)).toBe(true);
    expect(after).toEqual(await viewHold(auditor, 'archived', hold.id));
    await release(hold);
    await holdObjects(ledger.id);
    const gone = await page(hold.id);
    expect(gone.segments.map(({ number, legal_hold }) => [number, legal_hold])).toEqual(held.map((n) => [n, false]));
    expect(gone.hold.released_by).toBe(second.person.email);
  });

  it('on what is not in the archive names none', async () => {
    const hold = await place({ kind: 'conversation', value: 'talk-2' });
    expect(await page(hold.id)).toMatchObject({ segments: [], holds: { segments: { count: 0, exact: true } } });
    await release(hold);
  });
});

it('a hold tells every step that was taken with it, also a request that was declined, and none of another on the same', async () => {
  const scope: HoldScope = { kind: 'subject', value: 'S-0' };
  const [hold, other] = [await place(scope), await place(scope)];
  await askRelease(officer, 'archived', hold.id, 'Settled');
  await declineRelease(second, 'archived', hold.id, 'The appeal runs');
  await askRelease(second, 'archived', hold.id, 'Now');
  await confirmRelease(officer, 'archived', hold.id);
  const { history, history_complete } = await page(hold.id);
  const [one, two] = [officer.person.email, second.person.email];
  expect(history.map(({ action, by, reason }) => [action, by, reason])).toEqual([
    ['hold_released', one, null],
    ['hold_release_requested', two, 'Now'],
    ['hold_release_declined', two, 'The appeal runs'],
    ['hold_release_requested', one, 'Settled'],
    ['hold_placed', one, 'Litigation'],
  ]);
  expect(history_complete).toBe(true);
  expect((await page(other.id)).history.map(({ action }) => action)).toEqual(['hold_placed']);
  await release(other);
});

it('a hold that was released leaves a line on what it reached, whatever it was on, and none on what came in after it', async () => {
  const lines = async (id: string) =>
    (await viewConversation(auditor, { ledger: 'archived', id })).words.released_holds.map(({ number }) => number);
  const before = new Set([...(await lines('talk-1')), ...(await lines('talk-2'))]);
  const placed: Record<string, number> = {};
  for (const scope of [
    { kind: 'conversation', value: 'talk-1' },
    ...SCOPES.slice(1, 2),
    { kind: 'resource', type: 'patient_record', value: 'P-28' },
    ...SCOPES.slice(3),
  ] as HoldScope[]) {
    const hold = await place(scope);
    expect(await lines('talk-1')).not.toContain(hold.number);
    await release(hold);
    placed[scope.kind] = hold.number;
  }
  const fresh = async (id: string) => (await lines(id)).filter((number) => !before.has(number)).sort((a, b) => a - b);
  expect(await fresh('talk-1')).toEqual(Object.values(placed));
  expect(await fresh('talk-2')).toEqual([placed.actor, placed.time]);
  const late = await asAdmin(db.adminUrl, (c) =>
    c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by, placed_at, released_by, released_at, release_reason)
       VALUES ($1, 'm', 'conversation', 'talk-1', 'r', 'x', '2020-01-01', 'y', '2020-02-01', 'z') RETURNING number`,
      [ledger.id],
    ),
  );
  expect(await lines('talk-1')).not.toContain(late.rows[0].number);
});

describe('the list', () => {
  const list = (query = '') => viewHolds(auditor, { ledger: 'main', params: new URLSearchParams(query) });
  beforeAll(() =>
    asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by, released_by, released_at, release_reason)
         SELECT $1, 'Matter ' || i % 40, CASE i % 2 WHEN 0 THEN 'subject' ELSE 'agent' END, 'X-' || i, 'r', 'x',
                CASE WHEN i % 3 = 0 THEN 'y' END, CASE WHEN i % 3 = 0 THEN now() END, CASE WHEN i % 3 = 0 THEN 'z' END FROM generate_series(1, 240) i ORDER BY i`,
        [db.ledgers.main],
      ),
    ),
  );

  it('has every hold once, page by page both ways: standing ones first, in each the newest', async () => {
    const seen: HoldDto[] = [];
    const pages: string[][] = [];
    for (let older: string | null = ''; older !== null; ) {
      const { page }: HoldsView = (await list(older && `older=${older}`)).holds;
      expect(page.total).toEqual({ count: 240, exact: true });
      seen.push(...page.rows);
      pages.push(page.rows.map(({ id }) => id));
      older = page.older;
    }
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 40]);
    const standing = Array.from({ length: 240 }, (_, i) => 240 - i).filter((n) => n % 3 !== 0);
    const released = Array.from({ length: 240 }, (_, i) => 240 - i).filter((n) => n % 3 === 0);
    expect(seen.map(({ number }) => number)).toEqual([...standing, ...released]);
    const last = await readHolds(auditor, 'main', new URLSearchParams(`older=${4_294_967_296 + 61}`));
    const back = await readHolds(auditor, 'main', new URLSearchParams(`newer=${last.newer}`));
    expect(back.rows.every(({ released_at }) => released_at === null)).toBe(true);
    expect(back.rows.at(-1)!.number).toBe(61);
  });

  it('is narrowed by matter, state and what a hold is on; names the matters and what waits for a second person', async () => {
    const matter = (await list('matter=Matter+3&state=standing')).holds;
    expect(matter.page.rows.map(({ number }) => number)).toEqual([203, 163, 83, 43]);
    expect((await list('kind=agent&state=released')).holds.page.total.count).toBe(40);
    await expect(list('state=lost')).rejects.toMatchObject({ code: 'format', pointer: '/state' });
    expect(matter).toMatchObject({ standing: 160, matters_total: 40, matters_standing: 40, waiting: { rows: [], count: 0 } });
    expect(matter.matters).toHaveLength(30);
    expect(matter.matters[0]).toEqual({ matter: 'Matter 0', standing: 4, released: 2 });
    const [row] = (await list()).holds.page.rows;
    await askRelease(officer, 'main', row!.id, 'Over');
    const { holds } = await list('state=release_asked');
    expect(holds.page.rows).toMatchObject([{ id: row!.id }]);
    expect(holds.waiting).toMatchObject({ rows: [{ id: row!.id, release_asked: { by: officer.person.email } }], count: 1 });
  });
});

it('a hold names the conversations that the archive alone has something of, also where their beginning was put back', async () => {
  const hold = await place({ kind: 'agent', value: 'intake' });
  const named = async () => (await page(hold.id)).archived.map(({ conversation_id }) => conversation_id);
  const putBack = (to: bigint) => restoreRange({ ledger, from: 0n, to, hotUntil: new Date(Date.now() + 86_400_000) });
  expect(await named()).toEqual(['talk-1']);
  const one = await place({ kind: 'resource', type: 'patient_record', value: 'P-3' });
  expect((await page(one.id)).archived).toEqual([{ conversation_id: 'talk-0', first_seq: '3', last_seq: '3' }]);
  await release(one);
  await putBack(4n);
  expect(await page(hold.id)).toMatchObject({ archived: [{ conversation_id: 'talk-1', first_seq: '1' }], archived_complete: true });
  await putBack(29n);
  expect(await named()).toEqual([]);
  await release(hold);
});

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { forgetRegistry } from '@/lib/ledger/read-registry';
import { readPolicies } from '@/lib/ledger/read-retention';
import { saveRegistry } from '@/lib/ledger/save-registry';
import { SEEDED } from '@/lib/policy/retention-catalogue';
import { unmappedOf } from '@/lib/policy/retention-unmapped';
import type { RecordInput } from '@/lib/schema/record';
import type { RecordDecision } from '@/lib/schema/retention';
import { repairCounts } from '@/lib/server/repair-counts';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { changePolicies, previewPolicies, viewPolicies } from './change-policies';
import { checkRetentionSums } from './check-sums';
import { decideConversation, decideRecord } from './decide-records';
import { enterTrigger, readTriggers, withdrawTrigger } from './enter-triggers';
import { askRelease, confirmRelease, placeHold } from './legal-holds';
import { viewRetention } from './view-retention';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let officer: Viewer;
let second: Viewer;
let auditor: Viewer;
/** A ledger of its own for each test. */
let slug: string;
let ledger: number;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  slug = `r-${randomUUID().slice(0, 8)}`;
  ledger = await asAdmin(db.adminUrl, async (c) => {
    const { rows } = await c.query("SELECT create_ledger($1, $2, 'agents', $1, false) AS id", [slug, `test.example/ledgers/${slug}`]);
    return rows[0].id as number;
  });
  officer = await makeViewer({ [ledger]: 'compliance_officer' });
  second = await makeViewer({ [ledger]: 'compliance_officer' });
  auditor = await makeViewer({ [ledger]: 'auditor' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** `registry` in details is the server's, so that these go round the door. */
async function append(...records: (Partial<RecordInput> & { mark?: unknown })[]): Promise<string[]> {
  const prepared = records.map(({ mark, ...one }) => {
    const input = agentRecord(one);
    return prepareAgentRecord(input, SOURCE, mark === undefined ? undefined : { details: { ...input.details, registry: mark } });
  });
  await appendRecords(ledger, prepared);
  return prepared.map(({ id }) => id);
}
const countAll = async () => {
  while ((await countRetention(ledger))?.caughtUp === false);
};
const at = (day: string) => `${day}T12:00:00.000Z`;
const on = (day: string) => Date.parse(`${day}T00:00:00Z`);
const entries = async (action: string) =>
  (await accessRecords(db.ledgers.access)).filter((record) => record.action === action) as { details: Record<string, unknown> }[];
const recordedDay = async () => {
  const [row] = await prisma().$queryRaw<{ day: string }[]>`
    SELECT day_recorded(received_at_us)::text AS day FROM entries WHERE ledger_id = ${ledger} ORDER BY seq DESC LIMIT 1`;
  return row!.day;
};
const later = (day: string, years: number) => `${Number(day.slice(0, 4)) + years}${day.slice(4)}`;

describe('policies', () => {
  it('a ledger begins with the four that are on, as the catalogue has them', async () => {
    const stored = await readPolicies(prisma(), ledger);
    expect(stored).toMatchObject({ version: 1, changed_by: 'holdfast', policies: SEEDED, settlements: [] });
    const { policies } = await viewPolicies(auditor, slug);
    expect(policies.map(({ code, on, origin, edited }) => [code, on, origin, edited])).toEqual([
      ...['hipaa', 'soc2', 'financial', 'default'].map((code) => [code, true, 'seed', false]),
      ...['sec-17a-4', 'finra', 'pci-dss', 'eu-ai-act', 'nydfs', 'mifid2', 'part-11', 'gdpr', 'glba'].map((code) => [
        code,
        false,
        'catalogue',
        false,
      ]),
    ]);
  });

  it('are switched on, changed and added by a compliance officer alone, each as it was and as it is in the access ledger', async () => {
    const own = {
      title: 'Trial data',
      floor: { years: 15 },
      ceiling: null,
      clock: 'event' as const,
      trigger: null,
      or_else: null,
      hot: null,
      note: null,
      source: 'Protocol 7',
    };
    const change = {
      if_version: 1,
      reason: 'The board decided so',
      set: [
        { code: 'pci-dss', on: true },
        { code: 'soc2', floor: { months: 18 } },
        { code: 'trial', on: true, ...own },
      ],
      settle: [],
      reopen: [],
    };
    for (const other of [auditor, await makeViewer({ [ledger]: 'administrator' })])
      await expect(changePolicies(other, slug, change)).rejects.toMatchObject({ code: 'forbidden' });
    const old = { ...officer, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    await expect(changePolicies(old, slug, change)).rejects.toMatchObject({ code: 'reauthentication_required' });
    const done = await changePolicies(officer, slug, change);
    expect(done).toMatchObject({ version: 2, changed_by: officer.person.email, reason: 'The board decided so' });
    expect(done.policies.filter(({ on }) => on).map(({ code, origin, edited }) => [code, origin, edited])).toEqual([
      ['hipaa', 'seed', false],
      ['soc2', 'seed', true],
      ['financial', 'seed', false],
      ['default', 'seed', false],
      ['pci-dss', 'catalogue', false],
      ['trial', 'own', false],
    ]);
    const entry = (await entries('policy_changed')).at(-1)!;
    expect(entry).toMatchObject({
      actor_id: officer.person.email,
      details: {
        ledger: slug,
        version: 2,
        previous_version: 1,
        reason: 'The board decided so',
        before: { 'pci-dss': null, soc2: { floor: { years: 1 } }, trial: null },
        after: {
          'pci-dss': { on: true, floor: { months: 12 } },
          soc2: { floor: { months: 18 } },
          trial: { title: 'Trial data', floor: { years: 15 } },
        },
      },
    });
    await expect(changePolicies(second, slug, change)).rejects.toMatchObject({ code: 'conflict', pointer: '/if_version' });
    await expect(changePolicies(second, slug, { ...change, if_version: 2 })).rejects.toMatchObject({ code: 'conflict', pointer: '/set' });
  });

  it('of two who change them at once one does', async () => {
    const change = (months: number) => ({
      if_version: 1,
      reason: 'At once',
      set: [{ code: 'soc2', floor: { months } }],
      settle: [],
      reopen: [],
    });
    const both = await Promise.allSettled([changePolicies(officer, slug, change(13)), changePolicies(second, slug, change(14))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await readPolicies(prisma(), ledger)).version).toBe(2);
  });

  it.each([
    ['the default switched off', { code: 'default', on: false }, '/set/0/on'],
    ['the default without a minimum', { code: 'default', floor: null }, '/set/0/floor'],
    ['an own one that lacks what it needs', { code: 'own', title: 'Own' }, '/set/0/floor'],
    ['a clock that waits for nothing', { code: 'soc2', clock: 'trigger' as const }, '/set/0/trigger'],
    ['another clock beside one that runs', { code: 'soc2', or_else: 'event' as const }, '/set/0/or_else'],
    ['a maximum before its own minimum', { code: 'soc2', ceiling: { months: 11 } }, '/set/0/ceiling'],
  ])('%s is refused', async (_, wish, pointer) => {
    const set = [wish];
    await expect(previewPolicies(officer, slug, { set, settle: [], reopen: [] })).rejects.toMatchObject({ code: 'format', pointer });
    await expect(changePolicies(officer, slug, { if_version: 1, reason: 'Why', set, settle: [], reopen: [] })).rejects.toMatchObject({
      code: 'format',
    });
  });

  it('no role of the application writes, changes or removes a version but through its function', async () => {
    const as = (sql: string, url = db.appUrl) => asAdmin(url, (c) => c.query(sql));
    await expect(
      as(`INSERT INTO retention_versions (ledger_id, version, policies, changed_by) VALUES (${ledger}, 9, '[]', 'x')`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(as("UPDATE retention_versions SET policies = '[]'", db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
    await expect(as('DELETE FROM retention_versions', db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
  });

  it('a preview says how many records would become due, and then they are: nothing is rewritten', async () => {
    await append(
      ...Array.from({ length: 7 }, () => ({ timestamp: at('2024-06-01'), domains: ['soc2'] })),
      ...Array.from({ length: 3 }, () => ({ timestamp: at('2026-10-01'), domains: ['soc2'] })),
    );
    await countAll();
    const now = on('2026-11-21');
    expect((await viewRetention(auditor, slug, now)).due).toEqual({ hot: 7, archived: 0 });
    const wish = { set: [{ code: 'soc2', floor: { years: 3 } }], settle: [], reopen: [] };
    expect(await previewPolicies(officer, slug, wish, now)).toMatchObject({
      would_become_due: 0,
      would_stop_being_due: 7,
      would_be_kept_longer: 10,
      complete: true,
      say: '7 records would no longer be due; 10 records would be kept longer.',
    });
    const shorter = { set: [{ code: 'soc2', floor: { months: 1 } }], settle: [], reopen: [] };
    expect((await previewPolicies(officer, slug, shorter, now)).say).toBe(
      '3 records would become due; 10 records would be kept for less long.',
    );
    await changePolicies(officer, slug, { ...shorter, if_version: 1, reason: 'For the test' });
    expect((await viewRetention(auditor, slug, now)).due).toEqual({ hot: 10, archived: 0 });
  });
});

describe('the overview', () => {
  it('is what deciding each record one by one gives: states, months, due, held, conflicts, unmapped', async () => {
    const records = Array.from({ length: 240 }, (_, i) => ({
      timestamp: at(`20${String(18 + (i % 8)).padStart(2, '0')}-0${1 + (i % 9)}-1${i % 10}`),
      ...(i % 4 === 0 ? {} : { domains: [['hipaa'], ['soc2', 'financial'], ['soc2', 'research'], ['gdpr', 'soc2']][(i >> 2) % 4]! }),
      conversation_id: `c-${i % 12}`,
      ...(i % 5 === 0 && { subject_id: `S-${i % 3}` }),
      ...(i % 11 === 0 && { details: { tool: 'peek' }, mark: { version: 1 } }),
    }));
    const ids = await append(...records);
    await changePolicies(officer, slug, {
      if_version: 1,
      reason: 'A maximum',
      set: [{ code: 'gdpr', on: true, ceiling: { months: 6 } }],
      settle: [],
      reopen: [],
    });
    await placeHold(officer, slug, { matter: 'M', scope: { kind: 'subject', value: 'S-1' }, reason: 'because' });
    await placeHold(officer, slug, { matter: 'N', scope: { kind: 'conversation', value: 'c-3' }, reason: 'because' });
    await countAll();
    const now = on('2026-11-21');
    const view = await viewRetention(auditor, slug, now);
    const decisions: RecordDecision[] = [];
    for (const id of ids) decisions.push(await decideRecord(auditor, slug, id, now));
    const count = (test: (one: (typeof decisions)[number]) => boolean) => decisions.filter(test).length;
    const past = (day: string | null) => day !== null && day < '2026-11-21';
    expect(view).toMatchObject({
      complete: true,
      counted_to: '239',
      records: { hot: 240, archived: 0, destroyed: 0 },
      due: { hot: count(({ due }) => due), archived: 0 },
      overdue: { hot: count(({ dispose_by }) => past(dispose_by)), archived: 0 },
      to_archive: count(({ archive_from, held_by }) => archive_from !== null && archive_from <= '2026-11-21' && held_by.length === 0),
      held: count(({ held_by }) => held_by.length > 0),
      held_and_due: count(({ held_by, keep_until }) => held_by.length > 0 && past(keep_until)),
      conflicts: { records: count(({ conflict }) => conflict !== null) },
      unmapped: { records: count(({ unmapped }) => unmapped.length > 0) },
    });
    expect(
      Math.min(view.due.hot, view.held, view.held_and_due, view.conflicts.records, view.unmapped.records, view.to_archive),
    ).toBeGreaterThan(0);
    const months = new Map<string, number>();
    for (const { because, keep_until } of decisions) {
      const key = `${because[0]!.policy} ${keep_until!.slice(0, 7)}`;
      months.set(key, (months.get(key) ?? 0) + 1);
    }
    expect(new Map(view.months.map(({ policy, month, records }) => [`${policy} ${month}`, records]))).toEqual(months);
    expect(view.unmapped.rows.map(({ what }) => what).sort()).toEqual(['domain:research', 'tool:peek']);
    const pairs = new Map<string, number>();
    for (const { conflict } of decisions)
      if (conflict) pairs.set(`${conflict.floor} ${conflict.ceiling}`, (pairs.get(`${conflict.floor} ${conflict.ceiling}`) ?? 0) + 1);
    expect(new Map(view.conflicts.rows.map(({ floor, ceiling, records }) => [`${floor} ${ceiling}`, records]))).toEqual(pairs);
    const [mostly] = view.conflicts.rows;
    expect(mostly).toMatchObject({ floor: 'soc2', ceiling: 'gdpr' });
    expect(view.policies.find(({ code }) => code === 'hipaa')).toMatchObject({
      applies: count(({ because }) => because.some(({ policy }) => policy === 'hipaa')),
    });
    // A person settles it; the records are as they were.
    await changePolicies(officer, slug, {
      if_version: 2,
      reason: 'Counsel says so',
      set: [],
      settle: [{ floor: 'soc2', ceiling: 'gdpr', in_favour_of: 'ceiling', reason: 'No contract asks for it' }],
      reopen: [],
    });
    const settled = await viewRetention(auditor, slug, now);
    expect(settled.conflicts.records).toBe(view.conflicts.records - mostly!.records);
    expect(settled.due.hot).toBeGreaterThanOrEqual(view.due.hot);
    await changePolicies(officer, slug, {
      if_version: 3,
      reason: 'Open again',
      set: [],
      settle: [],
      reopen: [{ floor: 'soc2', ceiling: 'gdpr' }],
    });
    expect((await viewRetention(auditor, slug, now)).conflicts.records).toBe(view.conflicts.records);
  });

  it('counts each record once while several processes count, others append, and holds come and go', async () => {
    for (let round = 0; round < 5; round++) {
      const placed = placeHold(officer, slug, { matter: 'M', scope: { kind: 'agent', value: `agent-${round}` }, reason: 'because' });
      await Promise.all([
        placed,
        append(...Array.from({ length: 60 }, (_, i) => ({ agent_name: `agent-${i % 7}`, domains: ['hipaa'] }))),
        ...Array.from({ length: 5 }, () => countRetention(ledger)),
      ]);
      const { id } = await placed;
      if (round === 2) {
        await askRelease(officer, slug, id, 'Settled');
        await confirmRelease(second, slug, id);
      }
    }
    await countAll();
    expect(await checkRetentionSums(ledger)).toEqual({ countedTo: 299n, differences: [], apart: 0 });
    const view = await viewRetention(auditor, slug);
    expect(view).toMatchObject({ complete: true, records: { hot: 300, archived: 0, destroyed: 0 } });
    const held = await prisma().$queryRaw<{ n: bigint }[]>`
      SELECT count(*) AS n FROM records WHERE ledger_id = ${ledger} AND agent_name IN ('agent-0', 'agent-1', 'agent-3', 'agent-4')`;
    expect(BigInt(view.held)).toBe(held[0]!.n);
  });

  it('counts nothing twice where a step is undone half-way, and of pruned and restored records what is true', async () => {
    await append(...Array.from({ length: 40 }, () => ({ domains: ['soc2'], timestamp: at('2020-01-01') })));
    await asAdmin(db.adminUrl, (c) =>
      c.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
               CREATE TRIGGER fail BEFORE UPDATE ON retention_progress FOR EACH ROW EXECUTE FUNCTION fail()`),
    );
    await expect(countRetention(ledger)).rejects.toThrow('killed');
    await asAdmin(db.adminUrl, (c) => c.query('DROP TRIGGER fail ON retention_progress; DROP FUNCTION fail()'));
    await countAll();
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 40, archived: 0, destroyed: 0 });
    // What the archive says beforehand; the rows themselves stay here, so that they are hot again once their block is counted anew.
    const seqs = ['3', '4', '5'];
    await asAdmin(db.adminUrl, (c) => c.query('SELECT retention_pruned($1, $2)', [ledger, seqs]));
    expect((await viewRetention(auditor, slug)).complete).toBe(false);
    await countAll();
    expect(await viewRetention(auditor, slug, on('2026-11-21'))).toMatchObject({
      records: { hot: 40, archived: 3 },
      due: { hot: 40, archived: 3 },
    });
    await asAdmin(db.adminUrl, (c) => c.query('SELECT retention_restored($1, $2)', [ledger, seqs]));
    await countAll();
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 40, archived: 0, destroyed: 0 });
  });

  it('of more kinds of records than are told apart the others are kept longest, and none is lost', async () => {
    await asAdmin(db.adminUrl, (c) =>
      c.query("INSERT INTO retention_classes (ledger_id, domains, unmapped) SELECT $1, 'd' || i, '{}' FROM generate_series(1, 4096) i", [
        ledger,
      ]),
    );
    await append({ domains: ['soc2'] }, { domains: ['d7'] });
    await countAll();
    const view = await viewRetention(auditor, slug);
    expect(view.records.hot).toBe(2);
    expect(view.unmapped.rows.map(({ what }) => what).sort()).toEqual(['domain:', 'domain:d7']);
    expect((await checkRetentionSums(ledger)).apart).toBe(0);
    // Somebody who owns the database moves a count: seen, and mended by counting the block anew.
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_counts SET count = count + 1 WHERE ledger_id = $1', [ledger]));
    expect((await checkRetentionSums(ledger)).differences[0]).toContain('are summed up, and there are');
    await repairCounts(db.adminUrl, ledger);
    expect((await checkRetentionSums(ledger)).apart).toBe(0);
  });

  it('is recorded before it is shown, and not shown to an administrator', async () => {
    await viewRetention(auditor, slug);
    expect((await entries('screen_viewed')).at(-1)).toMatchObject({
      actor_id: auditor.person.email,
      details: { screen: '/retention', ledger: slug },
    });
    await expect(viewRetention(await makeViewer({ [ledger]: 'administrator' }), slug)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('what nobody has mapped', () => {
  it('is kept longest until somebody maps it: the record stays, and is decided by the registry in force', async () => {
    const [id] = await append({ timestamp: at('2026-03-01'), details: { tool: 'notes.read' }, mark: { version: 1 } });
    await countAll();
    const before = await decideRecord(auditor, slug, id!);
    expect(before).toMatchObject({ keep_until: '2033-03-01', unmapped: ['tool:notes.read'] });
    expect(before.say).toBe('kept until 2033-03-01: Financial (7 years); tool notes.read is unmapped, so that the longest minimum holds');
    expect((await viewRetention(auditor, slug)).unmapped).toEqual({ records: 1, rows: [{ what: 'tool:notes.read', records: 1 }] });
    await prisma().$transaction((tx) =>
      saveRegistry(
        tx,
        ledger,
        0,
        [{ kind: 'tool', name: 'notes.read', classification: 'internal', domains: ['soc2'], access: 'none' }],
        'x',
        undefined,
      ),
    );
    forgetRegistry(ledger);
    expect(await decideRecord(auditor, slug, id!)).toMatchObject({ keep_until: '2027-03-01', unmapped: [] });
    expect((await viewRetention(auditor, slug)).unmapped.records).toBe(0);
  });

  it('is the same to the database and to us, of whatever stands in a body', async () => {
    const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constant('x'.repeat(129)), fc.constant('é'.repeat(70)), fc.constant(''));
    const member = fc.oneof(text, fc.integer(), fc.constant(null), fc.constant(undefined));
    const mark = fc.oneof(
      fc.record({ version: fc.integer(), entry: fc.constantFrom('a', 'b'), data_source: fc.constantFrom('c') }, { requiredKeys: [] }),
      fc.constantFrom(null, 'text', 7, []),
    );
    const body = fc.record({
      action: fc.constantFrom('tool_invoked', 'data_accessed', 'data_modified', 'conversation_started'),
      details: fc.oneof(
        fc.record({ tool: member, data_source: member, registry: mark }, { requiredKeys: [] }),
        fc.record({ nested: fc.record({ registry: mark }) }),
      ),
    });
    await asAdmin(db.adminUrl, async (c) => {
      await fc.assert(
        fc.asyncProperty(body, async (one) => {
          const kept = JSON.parse(JSON.stringify(one));
          fc.pre(!JSON.stringify(kept).includes('\\u0000'));
          const { rows } = await c.query('SELECT unmapped_of($1, $2) AS labels', [
            kept.action,
            Buffer.from(JSON.stringify(kept).toWellFormed()),
          ]);
          expect(rows[0].labels).toEqual(unmappedOf(kept));
        }),
        { numRuns: 400 },
      );
      const { rows } = await c.query("SELECT unmapped_of('tool_invoked', '\\x7b227265676973747279223a') AS labels");
      expect(rows[0].labels).toEqual(['tool:']);
    });
  });
});

describe('a decision', () => {
  it('of a record says why, is due once its day has passed, and is held while a hold stands', async () => {
    const [id] = await append({ timestamp: at('2026-03-01'), domains: ['hipaa', 'soc2'], subject_id: 'P-1', conversation_id: 'c-1' });
    const until = later(await recordedDay(), 6);
    const hold = await placeHold(officer, slug, {
      matter: 'M',
      scope: { kind: 'time', from: '2026-03-01', to: '2026-03-01' },
      reason: 'because',
    });
    const held = await decideRecord(auditor, slug, id!, on('2040-01-01'));
    expect(held).toMatchObject({ keep_until: until, held_by: [hold.id], due: false, policies_version: 1, state: 'hot' });
    expect(held.say).toBe(`kept until ${until}: HIPAA (6 years) outlasts SOC 2 (1 year); hold #${hold.number}`);
    await askRelease(officer, slug, hold.id, 'Settled');
    await confirmRelease(second, slug, hold.id);
    expect((await decideRecord(auditor, slug, id!, on(until))).due).toBe(false);
    expect((await decideRecord(auditor, slug, id!, on(until) + 86_400_000)).due).toBe(true);
    await expect(decideRecord(auditor, slug, randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(decideRecord(auditor, slug, 'no-uuid')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of a conversation is the strictest of its records, with every hold on any of them', async () => {
    await append(
      { conversation_id: 'c-1', timestamp: at('2026-01-01'), domains: ['soc2'] },
      { conversation_id: 'c-1', timestamp: at('2026-02-01'), domains: ['financial'], resource_type: 'account', resource_id: 'A-1' },
      { conversation_id: 'c-1', timestamp: at('2026-03-01') },
    );
    const hold = await placeHold(officer, slug, {
      matter: 'M',
      scope: { kind: 'resource', type: 'account', value: 'A-1' },
      reason: 'because',
    });
    const found = await decideConversation(auditor, slug, 'c-1', on('2050-01-01'));
    expect(found).toMatchObject({
      keep_until: '2033-02-01',
      archive_from: '2027-03-02',
      records: 3,
      complete: true,
      held_by: [hold.id],
      due: false,
    });
    expect(found.say).toBe(`kept until 2033-02-01: Financial (7 years); hold #${hold.number}`);
    await expect(decideConversation(auditor, slug, 'c-none')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a trigger event', () => {
  const change = (set: { code: string; on: boolean }[]) =>
    changePolicies(officer, slug, { if_version: 1, reason: 'We trade', set, settle: [], reopen: [] });

  it('starts the clock for everything of its scope, what comes in later included; withdrawn, it counts no more', async () => {
    await change([
      { code: 'finra', on: true },
      { code: 'glba', on: true },
    ]);
    const [id] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-1', timestamp: at('2026-03-01') });
    const [other] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-2', timestamp: at('2026-03-01') });
    await countAll();
    const until = later(await recordedDay(), 6);
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe(until);
    const scope = { kind: 'resource' as const, type: 'account', value: 'A-1' };
    const closed = await enterTrigger(officer, slug, {
      trigger: 'account_closed',
      scope,
      day: '2030-06-30',
      reason: 'Closed by the client',
    });
    await countAll();
    expect((await decideRecord(auditor, slug, id!)).say).toBe('kept until 2036-06-30: FINRA (6 years from account closed, 2030-06-30)');
    expect((await decideRecord(auditor, slug, other!)).keep_until).toBe(until);
    const [late] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-1' });
    await countAll();
    expect((await decideRecord(auditor, slug, late!)).keep_until).toBe('2036-06-30');
    const months = async () => new Map((await viewRetention(auditor, slug)).months.map(({ month, records }) => [month, records]));
    expect(await months()).toEqual(
      new Map([
        [until.slice(0, 7), 1],
        ['2036-06', 2],
      ]),
    );
    // Of two the latest day counts.
    const again = await enterTrigger(officer, slug, {
      trigger: 'account_closed',
      scope,
      day: '2031-01-31',
      reason: 'Opened and closed again',
    });
    await countAll();
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe('2037-01-31');
    expect((await months()).get('2037-01')).toBe(2);
    await withdrawTrigger(officer, slug, again.id, 'It never was opened again');
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe('2036-06-30');
    expect((await months()).get('2036-06')).toBe(2);
    await expect(withdrawTrigger(officer, slug, again.id, 'Again')).rejects.toMatchObject({ code: 'conflict' });
    await expect(withdrawTrigger(officer, slug, randomUUID(), 'None')).rejects.toMatchObject({ code: 'not_found' });
    const list = await readTriggers(auditor, slug);
    expect(list.rows.map((row) => [row.id, row.withdrawn_by])).toEqual([
      [again.id, officer.person.email],
      [closed.id, null],
    ]);
    expect(list.triggers).toEqual(['account_closed', 'last_in_effect', 'last_use']);
    expect((await entries('retention_event_entered')).at(-1)).toMatchObject({
      resource_type: 'account',
      resource_id: 'A-1',
      details: { day: '2031-01-31', trigger: 'account_closed' },
    });
    expect((await entries('retention_event_withdrawn')).at(-1)).toMatchObject({
      details: { event: again.id, reason: 'It never was opened again' },
    });
  });

  it('is entered by a compliance officer, for what a policy waits for', async () => {
    const wish = { trigger: 'account_closed', scope: { kind: 'subject' as const, value: 'C-1' }, day: '2026-01-01', reason: 'Closed' };
    await expect(enterTrigger(officer, slug, wish)).rejects.toMatchObject({ code: 'enum', pointer: '/trigger' });
    await change([{ code: 'finra', on: true }]);
    await expect(enterTrigger(auditor, slug, wish)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await enterTrigger(officer, slug, wish)).toMatchObject({ scope: wish.scope, day: '2026-01-01', withdrawn_at: null });
    const as = (sql: string) => asAdmin(db.appUrl, (c) => c.query(sql));
    await expect(as("UPDATE retention_triggers SET day = '2001-01-01'")).rejects.toMatchObject({ code: '42501' });
    await expect(as('DELETE FROM retention_triggers')).rejects.toMatchObject({ code: '42501' });
  });

  it('that moves a minimum past a maximum shows as a conflict', async () => {
    await change([{ code: 'glba', on: true }]);
    const [id] = await append({ domains: ['financial', 'glba'], subject_id: 'C-1', timestamp: at('2026-03-01') });
    expect((await decideRecord(auditor, slug, id!)).conflict).toBeNull();
    await enterTrigger(officer, slug, {
      trigger: 'last_use',
      scope: { kind: 'subject', value: 'C-1' },
      day: '2026-05-05',
      reason: 'Left the bank',
    });
    await countAll();
    expect(await decideRecord(auditor, slug, id!)).toMatchObject({
      dispose_by: '2028-05-05',
      conflict: { floor: 'financial', ceiling: 'glba' },
    });
    expect((await viewRetention(auditor, slug)).conflicts.rows).toEqual([{ floor: 'financial', ceiling: 'glba', records: 1 }]);
  });
});

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { HoldBody, type HoldDto, type HoldScope } from '@/lib/schema/holds';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { requestShredding } from '@/lib/words/request-shredding';
import { askRelease, confirmRelease, declineRelease, placeHold, previewHold, readHolds, viewHold } from './legal-holds';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let officer: Viewer;
let second: Viewer;
let auditor: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
  second = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

let name: string;
beforeEach(() => {
  name = randomUUID().slice(0, 8);
});
const place = (scope: HoldScope, over: { matter?: string; custodian?: string } = {}) =>
  placeHold(officer, 'main', { matter: `M-${name}`, scope, reason: 'Litigation', ...over });
const release = async (id: string) => {
  await askRelease(officer, 'main', id, 'Settled');
  return confirmRelease(second, 'main', id);
};
const append = (...records: Partial<RecordInput>[]) =>
  appendRecords(
    db.ledgers.main,
    records.map((one) => prepareAgentRecord(agentRecord(one), SOURCE)),
  );
const entries = async (action: string) =>
  (await accessRecords(db.ledgers.access)).filter((record) => record.action === action) as { details: Record<string, unknown> }[];
const countAll = async () => {
  while ((await countRetention(db.ledgers.main))?.caughtUp === false);
};

describe('a hold', () => {
  it('has a number, a custodian and any scope; its entry says what it is on', async () => {
    const scopes: HoldScope[] = [
      { kind: 'conversation', value: `c-${name}` },
      { kind: 'subject', value: `P-${name}` },
      { kind: 'resource', type: 'patient_record', value: `R-${name}` },
      { kind: 'actor', value: `a-${name}` },
      { kind: 'agent', value: `agent-${name}` },
      { kind: 'time', from: '2019-01-01', to: '2019-03-31' },
    ];
    const holds: HoldDto[] = [];
    for (const scope of scopes) holds.push(await place(scope, { custodian: 'Records office' }));
    expect(holds.map(({ number }) => number)).toEqual(holds.map((_, i) => holds[0]!.number + i));
    expect(holds[5]).toMatchObject({
      scope: { kind: 'time', value: '2019-01-01/2019-03-31', from: '2019-01-01', to: '2019-03-31' },
      custodian: 'Records office',
      release_asked: null,
    });
    expect(holds[2]!.scope).toEqual({ kind: 'resource', type: 'patient_record', value: `R-${name}` });
    const rows = (await readHolds(auditor, 'main')).rows.map(({ id }) => id);
    for (const { id } of holds) expect(rows).toContain(id);
    const told = (await entries('hold_placed')).slice(-6);
    expect(told.map(({ details }) => details.scope)).toEqual(scopes);
    expect(told[1]).toMatchObject({ resource_type: 'subject', resource_id: `P-${name}`, subject_id: `P-${name}` });
    for (const { id } of holds) await release(id);
  });

  it.each([
    ['days that end before they begin', { kind: 'time', from: '2026-02-02', to: '2026-02-01' }],
    ['a day that there is not', { kind: 'time', from: '2026-02-30', to: '2026-03-01' }],
    ['a resource without its type', { kind: 'resource', value: 'R-1' }],
    ['a kind that there is not', { kind: 'ledger', value: 'main' }],
    ['a name that is none', { kind: 'subject', value: 'two words' }],
  ])('is not on %s', (_, scope) => {
    expect(HoldBody.safeParse({ matter: 'M', scope, reason: 'because' }).success).toBe(false);
  });

  it('is released by two: asked for by one, confirmed by another who has confirmed their identity; each step is an entry', async () => {
    const hold = await place({ kind: 'subject', value: `P-${name}` });
    await expect(confirmRelease(second, 'main', hold.id)).rejects.toMatchObject({ code: 'conflict' });
    const asked = await askRelease(officer, 'main', hold.id, 'Settled');
    expect(asked).toMatchObject({ release_asked: { by: officer.person.email, reason: 'Settled' }, released_at: null });
    await expect(askRelease(second, 'main', hold.id, 'Me too')).rejects.toMatchObject({ code: 'conflict' });
    await expect(confirmRelease(officer, 'main', hold.id)).rejects.toMatchObject({ code: 'second_person_required' });
    const old = { ...second, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    await expect(confirmRelease(old, 'main', hold.id)).rejects.toMatchObject({ code: 'reauthentication_required' });
    for (const other of [auditor, await makeViewer({ [db.ledgers.main]: 'administrator' })]) {
      await expect(
        placeHold(other, 'main', { matter: 'x', scope: { kind: 'subject', value: name }, reason: 'because' }),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(askRelease(other, 'main', hold.id, 'because')).rejects.toMatchObject({ code: 'forbidden' });
      await expect(confirmRelease(other, 'main', hold.id)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(declineRelease(other, 'main', hold.id, 'because')).rejects.toMatchObject({ code: 'forbidden' });
    }
    const done = await confirmRelease(second, 'main', hold.id);
    expect(done).toMatchObject({ released_by: second.person.email, release_reason: 'Settled', release_asked: null });
    await expect(confirmRelease(second, 'main', hold.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(confirmRelease(second, 'main', randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(askRelease(second, 'main', 'no-uuid', 'None')).rejects.toMatchObject({ code: 'not_found' });
    const [requested, released] = [(await entries('hold_release_requested')).at(-1), (await entries('hold_released')).at(-1)];
    expect(requested).toMatchObject({ actor_id: officer.person.email, details: { hold: hold.id, reason: 'Settled' } });
    expect(released).toMatchObject({ actor_id: second.person.email, details: { asked_by: officer.person.email, asked_reason: 'Settled' } });
  });

  it('stands on where the request is declined, and can be asked for again by somebody else', async () => {
    const hold = await place({ kind: 'agent', value: `agent-${name}` });
    await askRelease(officer, 'main', hold.id, 'Settled');
    expect(await declineRelease(second, 'main', hold.id, 'The appeal runs')).toMatchObject({ release_asked: null, released_at: null });
    await expect(declineRelease(second, 'main', hold.id, 'Again')).rejects.toMatchObject({ code: 'conflict' });
    expect((await entries('hold_release_declined')).at(-1)).toMatchObject({
      details: { reason: 'The appeal runs', asked_by: officer.person.email },
    });
    await askRelease(second, 'main', hold.id, 'Now');
    await expect(confirmRelease(second, 'main', hold.id)).rejects.toMatchObject({ code: 'second_person_required' });
    expect((await confirmRelease(officer, 'main', hold.id)).released_by).toBe(officer.person.email);
  });

  it('of two who confirm at once one does; and it cannot be asked for and confirmed in one breath by one', async () => {
    const third = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
    const hold = await place({ kind: 'actor', value: `a-${name}` });
    await askRelease(officer, 'main', hold.id, 'Settled');
    const both = await Promise.allSettled([confirmRelease(second, 'main', hold.id), confirmRelease(third, 'main', hold.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is held by the database: no role of the application changes, releases alone or removes one', async () => {
    const hold = await place({ kind: 'subject', value: `P-${name}` });
    const as = (sql: string, url = db.appUrl) => asAdmin(url, (c) => c.query(sql));
    const one = `WHERE id = '${hold.id}'`;
    await expect(as(`UPDATE legal_holds SET matter = 'x' ${one}`)).rejects.toMatchObject({ code: '42501' });
    await expect(as(`DELETE FROM legal_holds ${one}`)).rejects.toMatchObject({ code: '42501' });
    await expect(as(`UPDATE retention_scopes SET standing = false WHERE ledger_id = ${db.ledgers.main}`)).rejects.toMatchObject({
      code: '42501',
    });
    const alone = `UPDATE legal_holds SET released_at = now(), released_by = 'x', released_by_id = '${officer.person.id}'`;
    await expect(as(`${alone} ${one}`)).rejects.toMatchObject({ code: 'HF012' });
    const ask = `release_asked_by = 'x', release_asked_by_id = '${officer.person.id}', release_asked_at = now(), release_asked_reason = 'x'`;
    await expect(as(`${alone}, ${ask} ${one}`)).rejects.toMatchObject({ code: 'HF012' });
    await askRelease(officer, 'main', hold.id, 'Settled');
    await expect(as(`${alone} ${one}`)).rejects.toMatchObject({ code: 'HF012' });
    // Another account of the same address is no second person.
    const twin = `UPDATE legal_holds SET released_at = now(), released_by = '${officer.person.email.toUpperCase()}', released_by_id = '${second.person.id}'`;
    await expect(as(`${twin} ${one}`)).rejects.toMatchObject({ code: 'HF012' });
    await expect(as(`UPDATE legal_holds SET scope_value = 'x' ${one}`, db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
    await expect(as(`DELETE FROM legal_holds ${one}`, db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
    await expect(as('TRUNCATE legal_holds', db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
  });

  it('says what it holds, live and, once counted, exactly: also what comes in later', async () => {
    await append(
      {
        conversation_id: `c-${name}`,
        subject_id: `P-${name}`,
        agent_name: `agent-${name}`,
        actor_id: `a-${name}`,
        resource_type: 'chart',
        resource_id: `R-${name}`,
      },
      { conversation_id: `c-${name}`, agent_name: `agent-${name}` },
      { conversation_id: `d-${name}`, timestamp: '2019-02-28T23:59:59.999Z' },
    );
    // Counted before any hold is there: each has to have its blocks counted anew.
    await countAll();
    const scopes: [HoldScope, live: number, counted: number][] = [
      [{ kind: 'conversation', value: `c-${name}` }, 2, 2],
      // Everything in a conversation that is about the person is held.
      [{ kind: 'subject', value: `P-${name}` }, 2, 2],
      [{ kind: 'resource', type: 'chart', value: `R-${name}` }, 1, 1],
      [{ kind: 'actor', value: `a-${name}` }, 1, 1],
      [{ kind: 'agent', value: `agent-${name}` }, 2, 2],
      [{ kind: 'time', from: '2019-02-28', to: '2019-02-28' }, 1, 1],
    ];
    for (const [scope, live, counted] of scopes) {
      expect(await previewHold(officer, 'main', scope)).toMatchObject({ records: { count: live, exact: true } });
      const { id } = await place(scope);
      await countAll();
      const detail = await viewHold(auditor, 'main', id);
      expect({ scope, ...detail.holds.records }).toEqual({ scope, count: live, exact: true });
      expect({ scope, counted: detail.counted?.records }).toEqual({ scope, counted });
      expect(detail.holds.first_conversations).toEqual([scope.kind === 'time' ? `d-${name}` : `c-${name}`]);
      await release(id);
    }
    const { id } = await place({ kind: 'agent', value: `agent-${name}` });
    await append({ agent_name: `agent-${name}` });
    await countAll();
    expect((await viewHold(auditor, 'main', id)).counted?.records).toBe(3);
    await expect(viewHold(auditor, 'main', randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('while a hold stands', () => {
  /** A data key for the words of a conversation, or of a record that belongs to none. */
  async function keep(conversation: string, recordId: string | null, subject = ''): Promise<string> {
    const key = randomUUID();
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        "INSERT INTO content_keys (ledger_id, id, conversation_id, record_id, subject_id, kek_id, wrapped, commitment) VALUES ($1, $2, $3, $4, $5, 'k', $6, $7)",
        [db.ledgers.main, key, conversation, recordId, subject, randomBytes(60), randomBytes(32)],
      ),
    );
    return key;
  }
  const alive = async (key: string) =>
    (await prisma().$queryRaw<{ wrapped: unknown }[]>`SELECT wrapped FROM content_keys WHERE id = ${key}::uuid`)[0]!.wrapped !== null;
  const shred = (kind: 'conversation' | 'subject', value: string) =>
    requestShredding(officer, 'main', { scope: { kind, value }, authority: 'GDPR Art. 17', reason: 'Asked for', confirm: value });
  const raw = (kind: string, value: string) =>
    asAdmin(db.appUrl, (c) =>
      c.query('SELECT shred_content($1, $2, $3, $4, $5, $6, $7)', [randomUUID(), db.ledgers.main, kind, value, 'a', 'r', 'x']),
    );

  const today = new Date().toISOString().slice(0, 10);
  it.each<[string, (name: string) => HoldScope]>([
    ['the conversation', (n) => ({ kind: 'conversation', value: `c-${n}` })],
    ['the person', (n) => ({ kind: 'subject', value: `P-${n}` })],
    ['a resource that was touched in it', (n) => ({ kind: 'resource', type: 'chart', value: `R-${n}` })],
    ['an actor in it', (n) => ({ kind: 'actor', value: `a-${n}` })],
    ['the agent', (n) => ({ kind: 'agent', value: `agent-${n}` })],
    ['the day on which it happened', () => ({ kind: 'time', from: '2018-05-05', to: '2018-05-05' })],
    ['the day on which it was recorded', () => ({ kind: 'time', from: today, to: today })],
  ])(
    'on %s, nothing of it is shredded: neither the conversation nor what is about the person, nor past the use case',
    async (_, scopeOf) => {
      const about = { agent_name: `agent-${name}`, actor_id: `a-${name}`, timestamp: '2018-05-05T10:00:00.000Z' };
      await append(
        { ...about, conversation_id: `c-${name}`, subject_id: `P-${name}`, resource_type: 'chart', resource_id: `R-${name}` },
        { conversation_id: `c-${name}`, agent_name: 'another', actor_id: 'another' },
      );
      const key = await keep(`c-${name}`, null, `P-${name}`);
      const hold = await place(scopeOf(name));
      for (const [kind, value] of [
        ['conversation', `c-${name}`],
        ['subject', `P-${name}`],
      ] as const) {
        await expect(shred(kind, value)).rejects.toMatchObject({ code: 'under_hold', message: expect.stringContaining(hold.matter) });
        await expect(raw(kind, value)).rejects.toMatchObject({ code: 'HF011' });
      }
      expect(await alive(key)).toBe(true);
      await askRelease(officer, 'main', hold.id, 'Settled');
      await expect(shred('conversation', `c-${name}`)).rejects.toMatchObject({ code: 'under_hold' });
      await confirmRelease(second, 'main', hold.id);
      await shred('subject', `P-${name}`);
      expect(await alive(key)).toBe(false);
    },
  );

  it('on what a record without a conversation is about, its words are not shredded either', async () => {
    const id = randomUUID();
    await append({ id, subject_id: `P-${name}`, resource_type: 'chart', resource_id: `R-${name}`, timestamp: '2016-06-06T12:00:00.000Z' });
    const key = await keep('', id, `P-${name}`);
    for (const scope of [
      { kind: 'resource', type: 'chart', value: `R-${name}` },
      { kind: 'time', from: '2016-06-06', to: '2016-06-06' },
    ] as HoldScope[]) {
      const hold = await place(scope);
      await expect(shred('subject', `P-${name}`)).rejects.toMatchObject({ code: 'under_hold' });
      await release(hold.id);
    }
    await shred('subject', `P-${name}`);
    expect(await alive(key)).toBe(false);
  });

  it('on something else, it is no hindrance', async () => {
    await append({
      conversation_id: `c-${name}`,
      subject_id: `P-${name}`,
      resource_type: 'chart',
      resource_id: `R-${name}`,
      timestamp: '2017-01-01T00:00:00.000Z',
    });
    const key = await keep(`c-${name}`, null, `P-${name}`);
    const others: HoldScope[] = [
      { kind: 'resource', type: 'letter', value: `R-${name}` },
      { kind: 'actor', value: `P-${name}` },
      { kind: 'agent', value: `c-${name}` },
      { kind: 'time', from: '2017-01-02', to: '2017-01-03' },
      { kind: 'subject', value: `c-${name}` },
    ];
    const placed = [];
    for (const scope of others) placed.push(await place(scope));
    await shred('conversation', `c-${name}`);
    expect(await alive(key)).toBe(false);
    for (const { id } of placed) await release(id);
  });

  it('the positions that it reaches are named for whoever prunes; released, no more; and traces hold for what has left', async () => {
    const stored = await append(
      { conversation_id: `c-${name}`, subject_id: `P-${name}`, resource_type: 'chart', resource_id: `R-${name}` },
      { conversation_id: `c-${name}` },
      { conversation_id: `d-${name}` },
    );
    const seqs = stored.map((one) => String((one as { seq: bigint }).seq));
    const held = async () =>
      (
        await asAdmin(db.adminUrl, (c) => c.query('SELECT DISTINCT seq FROM held_positions($1, $2) ORDER BY 1', [db.ledgers.main, seqs]))
      ).rows.map(({ seq }) => seq);
    const hold = await place({ kind: 'resource', type: 'chart', value: `R-${name}` });
    const person = await place({ kind: 'subject', value: `P-${name}` });
    expect(await held()).toEqual(seqs.slice(0, 2));
    await release(person.id);
    expect(await held()).toEqual(seqs.slice(0, 1));
    await release(hold.id);
    expect(await held()).toEqual([]);
    // Pruned as the archive does it: told beforehand, then deleted.
    const key = await keep(`c-${name}`, null);
    await countAll();
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('BEGIN');
      await c.query('SELECT note_traces($1, $2), retention_pruned($1, $2)', [db.ledgers.main, seqs]);
      await c.query("SET LOCAL session_replication_role = 'replica'");
      for (const table of ['records', `records_l${db.ledgers.main}`, `records_l${db.ledgers.main}_b0`])
        await c.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = ANY ($2)', [db.ledgers.main, seqs]);
      for (const table of ['records', `records_l${db.ledgers.main}`, `records_l${db.ledgers.main}_b0`]) {
        const { rows } = await c.query(`SELECT tgname FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal`, [table]);
        for (const { tgname } of rows) await c.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${tgname}`);
      }
      await c.query('COMMIT');
    });
    for (const scope of [
      { kind: 'resource', type: 'chart', value: `R-${name}` },
      { kind: 'time', from: '2026-11-20', to: '2026-11-20' },
    ] as HoldScope[]) {
      const late = await place(scope);
      await expect(shred('conversation', `c-${name}`)).rejects.toMatchObject({ code: 'under_hold' });
      await release(late.id);
    }
    await shred('conversation', `c-${name}`);
    expect(await alive(key)).toBe(false);
  });
});

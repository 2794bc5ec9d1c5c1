import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { viewConversation } from './view-conversation';
import { viewConversations } from './view-conversations';
import { viewIntegrity, viewVerification } from './view-integrity';
import { viewOverview } from './view-overview';
import { viewRecord } from './view-record';
import { viewAccessLog, viewRecords } from './view-records';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let auditor: Viewer;
let administrator: Viewer;
let other: number;

async function makeViewer(email: string, roles: Record<number, string>): Promise<Viewer> {
  const memberships = { create: Object.entries(roles).map(([ledger_id, role]) => ({ ledger_id: Number(ledger_id), role })) };
  const { id, name, zone } = await prisma().user.create({ data: { email, name: email, memberships } });
  return {
    person: { id, name, email, zone },
    sessionId: randomUUID(),
    keyId: null,
    keyLedgerId: null,
    confirmedAt: new Date(),
    address: '::1',
  };
}

function input(over: Partial<RecordInput> = {}): RecordInput {
  const agent = {
    action: 'tool_invoked',
    actor_id: 'triage',
    actor_type: 'agent',
    agent_name: 'triage',
    data_classification: 'internal',
  } as const;
  return { id: randomUUID(), timestamp: '2026-11-20T12:00:00Z', ...agent, ...over };
}
async function append(ledger: number, ...records: RecordInput[]): Promise<bigint> {
  const results = await appendRecords(
    ledger,
    records.map((record) => prepareAgentRecord(record, SOURCE)),
  );
  const first = results[0]!;
  if (!('seq' in first)) throw new Error(first.kind);
  return first.seq;
}
const params = (text: string) => new URLSearchParams(text);
const lastAccess = async () => {
  const rows = await prisma().record.findMany({ where: { ledger_id: db.ledgers.access }, orderBy: { seq: 'desc' }, take: 1 });
  return JSON.parse(Buffer.from(rows[0]!.body).toString());
};
const countAccess = () => prisma().entry.count({ where: { ledger_id: db.ledgers.access } });

beforeAll(async () => {
  db = await freshDatabase();
  other = await asAdmin(
    db.adminUrl,
    async (c) => (await c.query("SELECT create_ledger('other', 'test.example/ledgers/other', 'agents', 'Other', false) AS id")).rows[0].id,
  );
  auditor = await makeViewer('ann@example.org', { [db.ledgers.main]: 'auditor', [db.ledgers.access]: 'auditor' });
  administrator = await makeViewer('root@example.org', { [db.ledgers.main]: 'administrator' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

describe('an empty ledger', () => {
  it('is said to be empty on every screen', async () => {
    expect(await viewOverview(auditor, {})).toMatchObject({
      empty: true,
      head: null,
      recent: [],
      frame: { integrity: { state: 'empty' } },
    });
    for (const view of [viewRecords, viewConversations]) {
      expect(await view(auditor, {})).toMatchObject({ rows: [], older: null, newer: null, total: { count: 0, exact: true } });
    }
    expect(await viewIntegrity(auditor, {})).toMatchObject({ head: null, runs: [], next_before: null });
  });
});

describe('pages', () => {
  it('neither skip nor repeat a record while others are appended between them', async () => {
    const before = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const records = Array.from({ length: 100 }, () => input({ conversation_id: `p-${i}` }));
      for (const { id } of records) before.add(id);
      await append(db.ledgers.main, ...records);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof viewRecords>> = await viewRecords(auditor, { params: params(cursor && `older=${cursor}`) });
      seen.push(...page.rows.map((row) => row.id));
      await append(db.ledgers.main, input(), input());
      cursor = page.older;
    }
    expect(seen.length).toBe(500);
    expect(new Set(seen)).toEqual(before);
  });

  it('lead back to newer ones', async () => {
    const first = await viewRecords(auditor, {});
    const second = await viewRecords(auditor, { params: params(`older=${first.older}`) });
    const back = await viewRecords(auditor, { params: params(`newer=${second.newer}`) });
    expect(back.rows.map((row) => row.seq)).toEqual(first.rows.map((row) => row.seq));
    expect(first.newer).toBeNull();
    expect(first.total).toEqual({ count: Number(first.rows[0]!.seq) + 1, exact: true });
  });
});

describe('a look', () => {
  it('is exactly one entry of the access ledger, which names the screen, the filters or the thing', async () => {
    const seq = await append(db.ledgers.main, input({ conversation_id: 'looked-at' }));
    const looks: [() => Promise<unknown>, object][] = [
      [() => viewOverview(auditor, {}), { action: 'screen_viewed', details: { screen: '/', ledger: 'main' } }],
      [() => viewRecords(auditor, {}), { action: 'screen_viewed', details: { screen: '/records' } }],
      [() => viewRecords(auditor, { params: params('actor=triage') }), { action: 'search_run', details: { filters: { actor: 'triage' } } }],
      [
        () => viewConversations(auditor, { params: params('state=open') }),
        { action: 'search_run', details: { filters: { state: 'open' } } },
      ],
      [
        () => viewConversation(auditor, { id: 'looked-at' }),
        { action: 'record_viewed', resource_type: 'conversation', resource_id: 'looked-at' },
      ],
      [() => viewRecord(auditor, { id: String(seq) }), { action: 'record_viewed', resource_type: 'record', resource_id: String(seq) }],
      [() => viewAccessLog(auditor, {}), { action: 'screen_viewed', details: { screen: '/access-log', ledger: 'access' } }],
      [() => viewIntegrity(auditor, {}), { action: 'screen_viewed', details: { screen: '/integrity' } }],
    ];
    for (const [look, said] of looks) {
      const before = await countAccess();
      await look();
      expect(await countAccess()).toBe(before + 1);
      expect(await lastAccess()).toMatchObject({ actor_id: 'ann@example.org', ...said });
    }
  });

  it('of a person without the role is refused, and figures are all that an administrator sees', async () => {
    for (const view of [viewRecords, viewConversations]) await expect(view(administrator, {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(viewAccessLog(administrator, {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(viewRecords(auditor, { params: params('ledger=other') })).rejects.toMatchObject({ code: 'not_found' });
    expect(await viewOverview(administrator, {})).toMatchObject({ recent: [], empty: false });
  });

  it('at what people did asks for the permission on the access log, whichever screen it comes through', async () => {
    const mixed = await makeViewer('mia@example.org', { [db.ledgers.main]: 'auditor', [db.ledgers.access]: 'administrator' });
    await expect(viewRecords(mixed, { params: params('ledger=access') })).rejects.toMatchObject({ code: 'forbidden' });
    expect((await viewRecords(mixed, { ledger: 'other' })).frame.ledger.id).toBe('main');
  });
});

describe('a record', () => {
  it('of another ledger is not found, by id and by number, and neither is its conversation', async () => {
    const foreign = input({ conversation_id: 'foreign' });
    await append(other, foreign);
    for (const id of [foreign.id, '999999', 'nonsense', ''])
      await expect(viewRecord(auditor, { id })).rejects.toMatchObject({ code: 'not_found' });
    for (const id of ['foreign', 'a\0b', "x' OR '1'='1"])
      await expect(viewConversation(auditor, { id })).rejects.toMatchObject({ code: 'not_found' });
    await expect(viewVerification(auditor, { id: randomUUID() })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is shown as its body says, whatever its columns were made to say', async () => {
    const leaf = `records_l${db.ledgers.main}_b0`;
    const record = input({ actor_id: 'honest', conversation_id: 'edited' });
    const seq = await append(db.ledgers.main, record);
    await asAdmin(db.adminUrl, async (c) => {
      await c.query(`ALTER TABLE ${leaf} DISABLE TRIGGER ALL`);
      await c.query(`UPDATE ${leaf} SET actor_id = $1 WHERE ledger_id = $2 AND seq = $3`, ['column', db.ledgers.main, seq]);
    });
    const listed = (await viewRecords(auditor, { params: params('actor=column') })).rows;
    expect(listed.map((row) => row.body?.actor_id)).toEqual(['honest']);
    expect((await viewConversation(auditor, { id: 'edited' })).entries[0]!.body!.actor_id).toBe('honest');

    const words = { ...JSON.parse(prepareAgentRecord(record, SOURCE).body.toString()), actor_id: 'forged', added: 1 };
    await asAdmin(db.adminUrl, (c) =>
      c.query(`UPDATE ${leaf} SET body = $1 WHERE ledger_id = $2 AND seq = $3`, [
        Buffer.from(canonicalize(words as JsonValue)),
        db.ledgers.main,
        seq,
      ]),
    );
    const shown = await viewRecord(auditor, { id: record.id });
    expect(shown.entry.body).toMatchObject({ actor_id: 'forged', added: 1 });
    expect(shown.canonical).toEqual({ encoding: 'utf8', text: canonicalize(words as JsonValue) });
    expect(shown.previous?.integrity_hash).toBe(shown.entry.previous_hash);

    await asAdmin(db.adminUrl, (c) =>
      c.query(`UPDATE ${leaf} SET body = '\\xff7b' WHERE ledger_id = $1 AND seq = $2`, [db.ledgers.main, seq]),
    );
    expect(await viewRecord(auditor, { id: record.id })).toMatchObject({
      entry: { body: null },
      canonical: { encoding: 'base64', text: '/3s=' },
    });
    await asAdmin(db.adminUrl, (c) => c.query(`DELETE FROM ${leaf} WHERE ledger_id = $1 AND seq = $2`, [db.ledgers.main, seq]));
    expect(await viewRecord(auditor, { id: record.id })).toMatchObject({ entry: { body: null }, canonical: null });
    const around = await viewRecords(auditor, { params: params(`older=${seq + 1n}`) });
    expect(around.rows[0]).toMatchObject({ seq: String(seq), body: null });
  });
});

describe('hostile filters', () => {
  it('are refused by name where they cannot be meant, and are plain words elsewhere', async () => {
    const bad = {
      'older=1;DROP TABLE entries': '/older',
      'older=9223372036854775808': '/older',
      'newer=-1': '/newer',
      'older=5&newer=6': '/newer',
      'after=2026-02-30': '/after',
      'before=yesterday': '/before',
      'action=everything': '/action',
      'classification=secret': '/classification',
      'actor=a%00b': '/actor',
      [`actor=${'x'.repeat(257)}`]: '/actor',
    };
    const before = await countAccess();
    for (const [query, pointer] of Object.entries(bad)) {
      await expect(viewRecords(auditor, { params: params(query) }), query).rejects.toMatchObject({ code: 'format', pointer });
    }
    await expect(viewConversation(auditor, { id: 'p-1', params: params('after=x') })).rejects.toMatchObject({ pointer: '/after' });
    expect(await countAccess()).toBe(before);
    for (const word of ["' OR 1=1 --", '%', '_', '\\', '"; DROP TABLE records; --', '$1', 'ünïcode']) {
      const query = new URLSearchParams({ actor: word, resource_id: word, conversation: word });
      expect((await viewRecords(auditor, { params: query })).rows).toEqual([]);
      expect((await viewConversations(auditor, { params: new URLSearchParams({ id: word, user: word }) })).rows).toEqual([]);
    }
  });
});

describe('a conversation', () => {
  it('tells the prompt, the model and the grants that held when it began, and no later ones', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 13, minute)).toISOString();
    const note = (action: RecordInput['action'], minute: number, details: Record<string, unknown>, over: Partial<RecordInput> = {}) =>
      input({ action, timestamp: at(minute), agent_name: 'desk', actor_type: 'admin', details, ...over });
    await append(
      db.ledgers.main,
      note('prompt_changed', 1, { version: 'v1' }),
      note('prompt_changed', 2, { version: 'v9' }, { agent_name: 'other-desk' }),
      note('model_changed', 2, { model: 'm-1' }),
      note('prompt_changed', 3, { version: 'v2' }),
      note('access_granted', 4, { grant_id: 'g-kept', scope: 'claims', approver: 'eve', expires_at: at(59) }, { resource_type: 'claim' }),
      note('access_granted', 4, { grant_id: 'g-revoked', scope: 'x' }),
      note('access_granted', 4, { grant_id: 'g-expired', scope: 'x', expires_at: at(9) }),
      note('access_revoked', 5, { grant_id: 'g-revoked' }),
      input({ conversation_id: 'held', agent_name: 'desk', timestamp: at(10), agent_seq: 1 }),
      note('prompt_changed', 11, { version: 'v3' }),
      note('access_granted', 11, { grant_id: 'g-later' }),
      note('access_revoked', 12, { grant_id: 'g-kept' }),
      input({ conversation_id: 'held', agent_name: 'desk', timestamp: at(13), agent_seq: 4 }),
    );
    const shown = await viewConversation(auditor, { id: 'held' });
    expect(shown.in_force_at_start).toMatchObject({ prompt: { version: 'v2', since: at(3) }, model: { name: 'm-1' } });
    expect(shown.grants).toMatchObject([{ grant_id: 'g-kept', approver: 'eve', resource_type: 'claim', revoked_at: at(12) }]);
    expect(shown.missing_agent_seqs).toEqual([2, 3]);
    expect(shown.summary).toMatchObject({ record_count: 2, missing: 2 });
    expect((await viewConversations(auditor, { params: params('gaps=yes') })).rows.map((row) => row.conversation_id)).toEqual(['held']);
  });

  it('names who else opened it, and not the one who asks', async () => {
    const second = await makeViewer('bob@example.org', { [db.ledgers.main]: 'compliance_officer' });
    await viewConversation(second, { id: 'held' });
    expect((await viewConversation(auditor, { id: 'held' })).viewed_by.map((view) => view.person)).toEqual(['bob@example.org']);
    expect((await viewConversation(second, { id: 'held' })).viewed_by.map((view) => view.person)).toContain('ann@example.org');
  });

  it('comes in pages of 500 in its own order, each record once', async () => {
    for (let i = 0; i < 3; i++) await append(db.ledgers.main, ...Array.from({ length: 400 }, () => input({ conversation_id: 'long' })));
    const numbers: string[] = [];
    for (let after: string | null = '0'; after !== null; ) {
      const page: Awaited<ReturnType<typeof viewConversation>> = await viewConversation(auditor, {
        id: 'long',
        params: params(`after=${after}`),
      });
      numbers.push(...page.entries.map((entry) => entry.conversation_seq));
      after = page.next_after;
    }
    expect(numbers).toEqual(Array.from({ length: 1200 }, (_, i) => String(i + 1)));
  });
});

describe('the integrity line', () => {
  const run = (verdict: string | null, minutes: number, more: { scope?: string; break?: number } = {}) =>
    asAdmin(db.adminUrl, async (c) => {
      const id = randomUUID();
      const when = new Date(Date.UTC(2026, 10, 20, 14, minutes));
      await c.query("INSERT INTO jobs (id, kind, ledger_id, params, state, requested_by) VALUES ($1, 'verify', $2, '{}', 'done', 'ann')", [
        id,
        db.ledgers.main,
      ]);
      await c.query(
        'INSERT INTO verifications (id, ledger_id, scope_kind, verdict, head_seq, head_hash, breaks_total, requested_at, finished_at) VALUES ($1, $2, $3, $4, 9, $5, $6, $7, $7)',
        [id, db.ledgers.main, more.scope ?? 'ledger', verdict, Buffer.alloc(32), more.break ? 1 : 0, when],
      );
      if (more.break) await c.query("INSERT INTO verification_breaks VALUES ($1, 1, $2, NULL, 'body_altered', 'a', 'b')", [id, more.break]);
      return id;
    });
  const line = async () => (await viewIntegrity(auditor, {})).frame.integrity;

  it('stays broken until a later run over the whole ledger is valid', async () => {
    expect(await line()).toMatchObject({ state: 'never_verified' });
    await run('valid', 1);
    expect(await line()).toMatchObject({ state: 'verified', verified_to: '9', broken_at: null });
    const broken = await run('tampered', 2, { break: 4 });
    await run('valid', 3, { scope: 'conversation' });
    await run('cannot_verify', 4);
    await run(null, 5);
    expect(await line()).toMatchObject({ state: 'broken', broken_at: '4', verification_id: broken });
    expect((await viewVerification(auditor, { id: broken })).verification.breaks).toMatchObject([{ seq: '4', code: 'body_altered' }]);
    await run('valid', 6);
    expect(await line()).toMatchObject({ state: 'verified' });
  });
});

describe('the overview', () => {
  it('counts every record and every conversation once, and says up to where', async () => {
    const counted = new Map<string, number>();
    let dto = await viewOverview(auditor, {});
    expect(dto.volume_as_of).toBe(dto.head!.seq);
    for (const { action, count } of dto.volume) counted.set(action, (counted.get(action) ?? 0) + count);
    expect([...counted.values()].reduce((a, b) => a + b)).toBe(Number(dto.head!.seq));
    const conversations = await prisma().conversation.count({ where: { ledger_id: db.ledgers.main } });
    expect(dto.conversations.total).toEqual({ count: conversations, exact: true });
    await append(db.ledgers.main, input({ conversation_id: 'one-more', outcome: 'denied' }));
    expect((await viewConversations(auditor, {})).total).toEqual({ count: conversations + 1, exact: true });
    dto = await viewOverview(auditor, {});
    expect(dto.conversations.total).toEqual({ count: conversations + 1, exact: true });
    expect(dto.denied).toEqual({ count: 1, exact: true });
    expect(dto.recent[0]!.seq).toBe(dto.head!.seq);
  });
});

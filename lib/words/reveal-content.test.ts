import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { canonicalize } from '@/lib/chain/canonical-json';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { REVEAL_RECORDS, RevealBody, RevealLine, type RevealWish } from '@/lib/schema/words';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { openBreakGlass } from './break-glass';
import type { Opener } from './open-stored';
import { requestShredding } from './request-shredding';
import { revealContent } from './reveal-content';
import { reviewBreakGlass } from './review-break-glass';

/** The vault is not opened here; what matters is when it is asked. */
const opening = vi.hoisted(() => vi.fn<Opener>());
vi.mock('./open-stored', () => ({ openerOf: () => opening }));

let db: TestDatabase;
let auditor: Viewer;
let administrator: Viewer;
let officer: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
});
let talk: string;
beforeEach(() => {
  talk = `talk-${randomUUID().slice(0, 8)}`;
  opening.mockReset();
  opening.mockImplementation(async (part) => ({ text: `words of ${part.record_id} ${part.index}` }));
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** A record with so many sealed parts. */
async function store(conversation: string | null, parts: number, subject?: string): Promise<string> {
  const record = agentRecord({
    action: 'agent_response_generated',
    ...(conversation !== null && { conversation_id: conversation }),
    ...(subject !== undefined && { subject_id: subject }),
  });
  const prepared = prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' });
  const key = randomUUID();
  await asAdmin(db.adminUrl, async (c) => {
    const scope = conversation === null ? ['', record.id] : [`${conversation}`, null];
    await c.query(
      'INSERT INTO content_keys (ledger_id, id, conversation_id, record_id, subject_id, kek_id, wrapped, commitment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      [db.ledgers.main, key, ...scope, randomUUID(), 'k', randomBytes(60), randomBytes(32)],
    );
    for (let index = 0; index < parts; index++) {
      await c.query(
        "INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext) VALUES ($1, $2, $3, 'response', $4, $5, $6, $7)",
        [db.ledgers.main, record.id, index, key, randomBytes(12), randomBytes(32), randomBytes(20)],
      );
    }
  });
  const content = Array.from({ length: parts }, (_, index) => ({ part: 'response', index, length: 4, key_id: key }));
  prepared.body = Buffer.from(canonicalize({ ...JSON.parse(prepared.body.toString()), content }));
  await appendRecord(db.ledgers.main, prepared);
  return record.id;
}
const ask = (viewer: Viewer, wish: Partial<RevealWish> = {}) =>
  revealContent(viewer, 'main', { ...(wish.record_id === undefined && { conversation_id: talk }), purpose: 'audit', ...wish });
async function linesOf(viewer: Viewer, wish: Partial<RevealWish> = {}): Promise<RevealLine[]> {
  const lines: RevealLine[] = [];
  for await (const line of await ask(viewer, wish)) lines.push(RevealLine.parse(line));
  return lines;
}
const revealed = async (id = talk) =>
  (await accessRecords(db.ledgers.access)).filter((r) => r.action === 'content_revealed' && r.resource_id === id);

describe('a reveal', () => {
  it('is in the access ledger, with purpose and note, before anything is opened', async () => {
    const record = await store(talk, 2, 'P-1017');
    let known: Record<string, unknown>[] = [];
    opening.mockImplementation(async () => {
      if (known.length === 0) known = await revealed();
      return { text: 'hello' };
    });
    const lines = await linesOf(auditor, { purpose: 'complaint', note: 'Ticket 7' });
    expect(lines.map((line) => ('text' in line ? line.text : line))).toEqual([
      'hello',
      'hello',
      { end: true, parts: 2, revealed: 2, next_after: null },
    ]);
    expect(lines[1]).toMatchObject({ record_id: record, seq: '0', part: 'response', index: 1 });
    expect(known).toMatchObject([
      {
        actor_id: auditor.person.email,
        resource_type: 'conversation',
        subject_id: 'P-1017',
        purpose: 'complaint',
        outcome: 'success',
        details: { ledger: 'main', parts: 2, records: 1, note: 'Ticket 7', role: 'auditor' },
      },
    ]);
    expect(await revealed()).toHaveLength(1);
  });

  it('gives nothing when its entry cannot be written', async () => {
    await store(talk, 1);
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      await expect(ask(auditor)).rejects.toMatchObject({ code: 'audit_unavailable' });
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
    expect(opening).not.toHaveBeenCalled();
  });

  it('is refused without a purpose of the list, a confirmed identity, or a thing that is there; then nothing is opened', async () => {
    const record = await store(talk, 1);
    const old = { ...auditor, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    const cases: [Viewer, Partial<RevealWish>, string, string | undefined][] = [
      [auditor, { purpose: 'curiosity' }, 'enum', '/purpose'],
      [auditor, { purpose: 'other' }, 'required', '/note'],
      [old, {}, 'reauthentication_required', undefined],
      [auditor, { conversation_id: 'no-such' }, 'not_found', '/conversation_id'],
      [auditor, { record_id: randomUUID() }, 'not_found', '/record_id'],
      [auditor, { record_id: record, parts: [0, 3] }, 'not_found', '/parts'],
      [auditor, { conversation_id: talk, record_id: record }, 'format', '/record_id'],
      [auditor, { conversation_id: undefined }, 'required', '/conversation_id'],
      [auditor, { parts: [0] }, 'format', '/parts'],
      [auditor, { record_id: record, after: '1' }, 'format', '/after'],
    ];
    for (const [viewer, wish, code, pointer] of cases) {
      const refusal = await ask(viewer, wish).catch((error) => error);
      expect({ wish, code: refusal.code, pointer: refusal.pointer }).toEqual({ wish, code, pointer });
    }
    expect(opening).not.toHaveBeenCalled();
    expect(await revealed()).toEqual([]);
  });

  it('of one record, or some of its parts, stands under its conversation; without one under itself', async () => {
    const record = await store(talk, 3);
    await store(talk, 1);
    const lines = await linesOf(auditor, { record_id: record, parts: [2, 0] });
    expect(lines.map((line) => ('index' in line ? line.index : line))).toEqual([
      0,
      2,
      { end: true, parts: 2, revealed: 2, next_after: null },
    ]);
    expect(await revealed()).toMatchObject([{ details: { record, parts: 2, indexes: [2, 0] } }]);
    const alone = await store(null, 1);
    await linesOf(auditor, { record_id: alone });
    expect(await revealed(alone)).toMatchObject([{ resource_type: 'record', details: { parts: 1 } }]);
  });

  it('says of each part that is not there why, and goes on to the next', async () => {
    await store(talk, 1);
    await store(talk, 1);
    await requestShredding(officer, 'main', {
      scope: { kind: 'conversation', value: talk },
      authority: 'GDPR Art. 17',
      reason: 'Asked for',
      confirm: talk,
    });
    await store(talk, 1);
    opening.mockImplementation(async (part) =>
      part.state === 'shredded' ? { absent: 'shredded', why: 'gone' } : { absent: 'unreadable', why: 'altered' },
    );
    const lines = await linesOf(auditor);
    expect(lines.slice(0, 2).every((line) => 'absent' in line && line.absent === 'shredded')).toBe(true);
    expect(lines[0]).toMatchObject({ why: expect.stringContaining(`by ${officer.person.email} under GDPR Art. 17`) });
    expect(lines.slice(2)).toMatchObject([
      { absent: 'unreadable', why: 'altered' },
      { end: true, parts: 3, revealed: 0 },
    ]);
  });

  it(`goes over ${REVEAL_RECORDS} records and says where the next one begins; each is an entry`, async () => {
    const rows = REVEAL_RECORDS + 20;
    for (let i = 0; i < rows; i += 65) await Promise.all(Array.from({ length: Math.min(65, rows - i) }, () => store(talk, 1)));
    const first = await linesOf(auditor);
    const end = first.at(-1)!;
    expect(end).toEqual({ end: true, parts: REVEAL_RECORDS, revealed: REVEAL_RECORDS, next_after: String(REVEAL_RECORDS) });
    const rest = await linesOf(auditor, { after: String(REVEAL_RECORDS) });
    expect(rest.at(-1)).toEqual({ end: true, parts: 20, revealed: 20, next_after: null });
    const ids = [...first, ...rest].flatMap((line) => ('record_id' in line ? line.record_id : []));
    expect(new Set(ids).size).toBe(rows);
    expect(await revealed()).toHaveLength(2);
  }, 60_000);

  it('is asked for in a shape that no number or name bursts', () => {
    const good = { conversation_id: 'c-1', purpose: 'audit' };
    expect(RevealBody.safeParse({ ...good, after: '999999999999999999', note: 'because' }).success).toBe(true);
    for (const bad of [
      { after: '9999999999999999999' },
      { after: '-1' },
      { purpose: 'a b' },
      { note: 'a\u202eb' },
      { note: 'a\u2028b' },
      { parts: [] },
      { extra: 1 },
    ])
      expect(RevealBody.safeParse({ ...good, ...bad }).success).toBe(false);
  });

  it('is a person’s: no key opens words', async () => {
    await store(talk, 1);
    const key: Viewer = { ...auditor, sessionId: null, keyId: randomUUID(), keyLedgerId: db.ledgers.main, confirmedAt: null };
    await expect(ask(key)).rejects.toMatchObject({ code: 'forbidden' });
    expect(opening).not.toHaveBeenCalled();
  });
});

describe('an administrator', () => {
  const open = (viewer: Viewer) =>
    openBreakGlass(viewer, 'main', { conversation_id: talk, reason: 'security_incident', note: 'The agent went astray.' });

  it('opens no words, and learns not even whether a conversation is there', async () => {
    const record = await store(talk, 1);
    for (const wish of [{}, { conversation_id: 'no-such' }, { record_id: record }, { record_id: randomUUID() }]) {
      const refusal = await ask(administrator, wish).catch((error) => error);
      expect({ code: refusal.code, message: refusal.message }).toEqual({ code: 'forbidden', message: 'Your role does not permit this.' });
    }
    expect(opening).not.toHaveBeenCalled();
    const denied = (await accessRecords(db.ledgers.access)).filter(
      (r) => r.action === 'access_denied' && r.actor_id === administrator.person.email,
    );
    expect(denied.length).toBeGreaterThan(0);
  });

  it('by break-glass opens those of that conversation alone, until it is over or reviewed, each time recorded under it', async () => {
    const record = await store(talk, 1);
    const elsewhere = await store(`${talk}-b`, 1);
    const { id } = await open(administrator);
    expect((await linesOf(administrator)).at(-1)).toMatchObject({ revealed: 1 });
    expect((await linesOf(administrator, { record_id: record })).at(-1)).toMatchObject({ revealed: 1 });
    for (const wish of [{ conversation_id: `${talk}-b` }, { record_id: elsewhere }])
      await expect(ask(administrator, wish)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask(await makeViewer({ [db.ledgers.main]: 'administrator' }))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await revealed()).toMatchObject([
      { details: { break_glass: id, role: 'administrator' } },
      { details: { break_glass: id, record } },
    ]);
    const [row] = await prisma().$queryRaw<{ reveals: number }[]>`SELECT reveals FROM break_glass WHERE id = ${id}::uuid`;
    expect(row!.reveals).toBe(2);
    await reviewBreakGlass(officer, 'main', id, { outcome: 'justified', note: 'Seen to.' });
    await expect(ask(administrator)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is not the only one whose emergency is counted: an auditor who opened one finds each look under it', async () => {
    await store(talk, 1);
    const { id } = await open(auditor);
    await linesOf(auditor);
    expect(await revealed()).toMatchObject([{ details: { break_glass: id, role: 'auditor' } }]);
    const [row] = await prisma().$queryRaw<{ reveals: number }[]>`SELECT reveals FROM break_glass WHERE id = ${id}::uuid`;
    expect(row!.reveals).toBe(1);
    await reviewBreakGlass(officer, 'main', id, { outcome: 'justified', note: 'Seen to.' });
    await linesOf(auditor);
    expect((await revealed()).at(-1)).not.toMatchObject({ details: { break_glass: id } });
  });

  it('opens nothing once the half hour is over', async () => {
    await store(talk, 1);
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO break_glass (ledger_id, conversation_id, user_id, opened_by, reason, note, opened_at, expires_at)
         SELECT $1, $2, id, email, 'other', 'An old one.', now() - interval '31 minutes', now() - interval '1 minute' FROM users WHERE id = $3`,
        [db.ledgers.main, talk, administrator.person.id],
      ),
    );
    await expect(ask(administrator)).rejects.toMatchObject({ code: 'forbidden' });
    expect(opening).not.toHaveBeenCalled();
  });
});

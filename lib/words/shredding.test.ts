import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { askRelease, confirmRelease, placeHold } from '@/lib/retention/legal-holds';
import type { WordsScope } from '@/lib/schema/words';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { previewShredding, readShreddings, requestShredding } from './request-shredding';

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

let talk: string;
let patient: string;
beforeEach(() => {
  talk = `talk-${randomUUID().slice(0, 8)}`;
  patient = `P-${randomUUID().slice(0, 8)}`;
});

/** A data key of a scope with parts of so many bytes of words. */
async function keep(conversation: string, subject: string, lengths: number[] = [10]): Promise<string> {
  const key = randomUUID();
  const ledger = db.ledgers.main;
  await asAdmin(db.adminUrl, async (c) => {
    await c.query(
      "INSERT INTO content_keys (ledger_id, id, conversation_id, subject_id, kek_id, wrapped, commitment) VALUES ($1, $2, $3, $4, 'k', $5, $6)",
      [ledger, key, conversation, subject, randomBytes(60), randomBytes(32)],
    );
    for (const length of lengths) {
      await c.query(
        "INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext) VALUES ($1, $2, 0, 'response', $3, $4, $5, $6)",
        [ledger, randomUUID(), key, randomBytes(12), randomBytes(32), randomBytes(length + 16)],
      );
    }
  });
  return key;
}
const of = (kind: WordsScope['kind'], value: string): WordsScope => ({ kind, value });
const wish = (scope: WordsScope, confirm = scope.value) => ({
  scope,
  authority: 'GDPR Art. 17(1)(a)',
  reason: 'The patient asked for it.',
  confirm,
});
const wrapped = async (key: string) =>
  (await prisma().$queryRaw<{ wrapped: unknown }[]>`SELECT wrapped FROM content_keys WHERE id = ${key}::uuid`)[0]!.wrapped;
const entries = async (action: string, id: string) =>
  (await accessRecords(db.ledgers.access)).filter((r) => r.action === action && r.resource_id === id);

describe('a shredding', () => {
  it('is told beforehand as it will be: keys, parts, bytes, conversations', async () => {
    await keep(talk, patient, [100, 20]);
    await keep(talk, '', [7]);
    await keep(`${talk}-b`, patient, [1]);
    expect(await previewShredding(officer, 'main', of('conversation', talk))).toMatchObject({
      keys: 2,
      parts: 3,
      bytes: 127,
      conversations: 1,
      holds: [],
      holds_total: 0,
    });
    const about = await previewShredding(officer, 'main', of('subject', patient));
    expect(about).toMatchObject({ keys: 2, parts: 3, bytes: 121, conversations: 2, first_conversations: [talk, `${talk}-b`] });
    expect(Math.round((Date.parse(about.backups_until) - Date.now()) / 86_400_000)).toBe(35);
    await expect(previewShredding(officer, 'main', of('subject', 'nobody'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('destroys the keys of its scope and no other, and says who, when and under which authority', async () => {
    const [own, others] = [await keep(talk, patient, [5, 6]), await keep(talk, '')];
    const done = await requestShredding(officer, 'main', wish(of('subject', patient)));
    expect(done).toMatchObject({ keys: 1, parts: 2, requested_by: officer.person.email, authority: 'GDPR Art. 17(1)(a)', pending: true });
    expect(await wrapped(own)).toBeNull();
    expect(await wrapped(others)).not.toBeNull();
    expect((await readShreddings(auditor, 'main')).rows[0]).toEqual(done);
    expect(await entries('content_shredded', patient)).toMatchObject([
      {
        actor_id: officer.person.email,
        subject_id: patient,
        details: { shredding: done.id, keys: 1, parts: 2, authority: done.authority },
      },
    ]);
    await expect(requestShredding(officer, 'main', wish(of('subject', patient)))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is refused without the name typed, an identity confirmed, and the role', async () => {
    const key = await keep(talk, '');
    const scope = of('conversation', talk);
    const old = { ...officer, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    for (const [viewer, typed, code] of [
      [officer, talk.toUpperCase(), 'format'],
      [officer, '', 'format'],
      [old, talk, 'reauthentication_required'],
      [auditor, talk, 'forbidden'],
    ] as const)
      await expect(requestShredding(viewer, 'main', wish(scope, typed))).rejects.toMatchObject({ code });
    expect(await wrapped(key)).not.toBeNull();
    expect(await entries('content_shredded', talk)).toEqual([]);
  });

  it('does not happen without its entry', async () => {
    const key = await keep(talk, '');
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      const shredding = requestShredding(officer, 'main', wish(of('conversation', talk)));
      await expect(shredding).rejects.toMatchObject({ code: 'audit_unavailable' });
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
    expect(await wrapped(key)).not.toBeNull();
  });

  it.each([
    ['the conversation itself', 'conversation', 'conversation'],
    ['a person in it', 'conversation', 'subject'],
    ['a conversation that the person is in', 'subject', 'conversation'],
    ['the person', 'subject', 'subject'],
  ] as const)('is refused while a hold is on %s, and possible once that is released', async (_, kind, held) => {
    const key = await keep(talk, patient);
    await keep(talk, '');
    const scope = of(kind, kind === 'conversation' ? talk : patient);
    const hold = await placeHold(officer, 'main', {
      matter: 'Doe v. Clinic',
      scope: of(held, held === 'conversation' ? talk : patient),
      reason: 'Litigation',
    });
    expect((await previewShredding(officer, 'main', scope)).holds).toEqual([hold]);
    // The database refuses by itself, whoever asks it.
    const asked = prisma()
      .$queryRaw`SELECT id FROM shred_content(${randomUUID()}::uuid, ${db.ledgers.main}, ${kind}, ${scope.value}, 'none', 'none', 'nobody')`;
    await expect(asked).rejects.toThrow('a legal hold is on it');
    await expect(requestShredding(officer, 'main', wish(scope))).rejects.toMatchObject({
      code: 'under_hold',
      message: expect.stringContaining('Doe v. Clinic'),
    });
    expect(await wrapped(key)).not.toBeNull();
    await askRelease(officer, 'main', hold.id, 'Settled');
    await expect(requestShredding(officer, 'main', wish(scope))).rejects.toMatchObject({ code: 'under_hold' });
    await confirmRelease(second, 'main', hold.id);
    await requestShredding(officer, 'main', wish(scope));
    expect(await wrapped(key)).toBeNull();
  });

  it('of a conversation is refused while a hold is on the person that it is known to be about, though no key names them', async () => {
    const key = await keep(talk, '');
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO conversations (ledger_id, conversation_id, record_count, first_seq, last_seq, first_at, last_at, subject_id, agent_seq_max, agent_seq_count, has_gap, ended)
         VALUES ($1, $2, 1, 0, 0, now(), now(), $3, 0, 0, false, false)`,
        [db.ledgers.main, talk, patient],
      ),
    );
    await placeHold(officer, 'main', { matter: 'Inquiry 9', scope: of('subject', patient), reason: 'Asked by the board' });
    const scope = of('conversation', talk);
    expect((await previewShredding(officer, 'main', scope)).holds).toMatchObject([{ matter: 'Inquiry 9' }]);
    await expect(requestShredding(officer, 'main', wish(scope))).rejects.toMatchObject({ code: 'under_hold' });
    expect(await wrapped(key)).not.toBeNull();
  });

  it('of a conversation is refused while a hold is on somebody else in it, named by a record without words', async () => {
    const key = await keep(talk, '');
    for (const subject_id of [`${patient}-first`, patient]) {
      const record = agentRecord({ conversation_id: talk, subject_id });
      await appendRecord(db.ledgers.main, prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' }));
    }
    const hold = await placeHold(officer, 'main', { matter: 'Inquiry 10', scope: of('subject', patient), reason: 'Asked by the board' });
    const scope = of('conversation', talk);
    expect((await previewShredding(officer, 'main', scope)).holds).toEqual([hold]);
    await expect(requestShredding(officer, 'main', wish(scope))).rejects.toMatchObject({ code: 'under_hold' });
    expect(await wrapped(key)).not.toBeNull();
    await askRelease(officer, 'main', hold.id, 'Closed');
    await confirmRelease(second, 'main', hold.id);
    await requestShredding(officer, 'main', wish(scope));
  });

  it('and a hold that are asked for at once come one after the other: never both', async () => {
    for (let round = 0; round < 8; round++) {
      const name = `${talk}-${round}`;
      const key = await keep(name, '');
      const scope = of('conversation', name);
      const [shredded, held] = await Promise.allSettled([
        requestShredding(officer, 'main', wish(scope)),
        placeHold(officer, 'main', { matter: 'M', scope, reason: 'Now' }),
      ]);
      expect(held.status).toBe('fulfilled');
      if (shredded.status === 'rejected') expect(shredded.reason).toMatchObject({ code: 'under_hold' });
      expect((await wrapped(key)) === null).toBe(shredded.status === 'fulfilled');
      if (shredded.status === 'fulfilled' && held.status === 'fulfilled')
        expect(Date.parse(shredded.value.at)).toBeLessThanOrEqual(Date.parse(held.value.placed_at));
    }
  });
});

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillEntries } from '@/lib/archive/read-archived';
import { prisma } from '@/lib/db';
import { readConversationRow } from '@/lib/ledger/read-conversations';
import { readEntries } from '@/lib/ledger/read-entries';
import { placeHold } from '@/lib/retention/legal-holds';
import { approveDestruction, requestDestruction } from '@/lib/retention/manage-destruction';
import { archive } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, OLD, old, wish, work } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folder, folderStore, openArchive } from '@/lib/testing/open-archive';
import { verifyConversation } from './verify-conversation';
import { verifyEntries } from './verify-entries';

openArchive();

async function verify({ ledger }: DestroyableLedger, archived = false) {
  const { breaks, checks } = await verifyEntries({
    ledgerId: ledger.id,
    scope: { kind: 'ledger' },
    archive: archived,
    onProgress: () => {},
  });
  return { codes: breaks.codes, check: checks.find(({ name }) => name === 'destructions'), breaks: breaks.kept() };
}
async function verifyTalk({ ledger }: DestroyableLedger, conversationId: string) {
  const breaks: { code: string }[] = [];
  const { checked } = await verifyConversation({ ledgerId: ledger.id, conversationId, onBreaks: (found) => breaks.push(...found) });
  return { checked, codes: breaks.map(({ code }) => code) };
}
/** As somebody who owns the database. */
const tamper = (w: DestroyableLedger, ...statements: string[]) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query('SET session_replication_role = replica');
    for (const table of ['destructions', 'destruction_items', 'destruction_certificates', `records_l${w.ledger.id}_b0`])
      await c.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    for (const statement of statements) await c.query(statement);
    for (const table of ['destructions', 'destruction_items', 'destruction_certificates', `records_l${w.ledger.id}_b0`])
      await c.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement`);
  });

describe('a verification tells destroyed as destroyed', () => {
  it('of a whole ledger and of each conversation, and none of it as missing', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    const { codes, check } = await verify(w);
    expect(codes).toEqual({});
    expect(check).toMatchObject({ outcome: 'passed', say: expect.stringContaining('4 of these entries have no body') });
    expect(await verifyTalk(w, 'talk-0')).toEqual({ checked: 6, codes: [] });
    expect(await verifyTalk(w, 'talk-1')).toEqual({ checked: 6, codes: [] });
  });

  it('of conversations of which nothing is left', async () => {
    const w = await destroyableLedger(old(6));
    await destroy(w);
    expect((await verify(w)).codes).toEqual({});
    expect(await verifyTalk(w, 'talk-1')).toEqual({ checked: 2, codes: [] });
  });

  it('of which a hold left everything: its certificate says of nothing that it was destroyed', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    const scope = { kind: 'time', from: OLD.slice(0, 10), to: OLD.slice(0, 10) } as const;
    await placeHold(w.officer, w.slug, { matter: 'Doe v. Clinic', scope, reason: 'The court asks' });
    expect(await work(approved)).toMatchObject({ state: 'done' });
    const { codes, check } = await verify(w);
    expect(codes).toEqual({});
    expect(check).toMatchObject({ outcome: 'passed' });
    expect((await verifyTalk(w, 'talk-0')).codes).toEqual([]);
  });

  it('to readers, with its day and its certificate', async () => {
    const w = await destroyableLedger();
    const done = await destroy(w);
    const [entry, kept] = await fillEntries(w.ledger, await readEntries(prisma(), w.ledger.id, [0n, 1n]));
    expect(entry).toMatchObject({
      body: null,
      destroyed: { id: done.id, number: 1, say: expect.stringMatching(/^Erased under policy on \d{4}-\d\d-\d\d, certificate #1\./) },
    });
    expect(kept!.body).not.toBeNull();
    expect(await readConversationRow(prisma(), w.ledger.id, 'talk-0')).toMatchObject({ record_count: 6, destroyed: 2, archived: 0 });
  });

  it('of archived records too, whose objects are gone or locked; and reads them from no object that is still there', async () => {
    const w = await destroyableLedger(old(9));
    const store = folderStore(w.slug);
    await archive(w.ledger, store);
    const done = await destroy(w);
    const { codes, check } = await verify(w, true);
    expect(codes).toEqual({});
    expect(check).toMatchObject({ outcome: 'passed' });
    expect(await verifyTalk(w, 'talk-1')).toEqual({ checked: 3, codes: [] });
    // Locked until a day in the years to come: the object is there.
    expect(readdirSync(path.join(folder, w.slug), { recursive: true }).filter((one) => String(one).endsWith('.gz'))).toHaveLength(1);
    const [entry] = await fillEntries(w.ledger, await readEntries(prisma(), w.ledger.id, [4n]));
    expect(entry).toMatchObject({ body: null, destroyed: { id: done.id } });
    expect(entry!.archived).toBeUndefined();
  });
});

describe('a verification still finds', () => {
  it('a body that somebody deleted without a destruction', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    await tamper(w, `DELETE FROM records_l${w.ledger.id}_b0 WHERE seq = 4`);
    const { codes, breaks } = await verify(w);
    expect(codes).toEqual({ body_missing: 1 });
    expect(breaks[0]!.seq).toBe(4n);
    expect((await verifyTalk(w, 'talk-1')).codes).not.toEqual([]);
  });

  it('a destruction that somebody made up: it excuses nothing', async () => {
    const w = await destroyableLedger();
    const id = w.ledger.id;
    await tamper(
      w,
      `INSERT INTO destructions (id, ledger_id, number, scope_kind, scope_value, scope_from, scope_to, state, authority, reason, records, positions_sha256, found, requested_by, requested_by_id,
         approved_by, approved_by_id, approved_at, approved_found, finished_at, destroyed)
       VALUES ('00000000-0000-4000-8000-0000000000${String(id % 100).padStart(2, '0')}', ${id}, 1, 'range', '', 4, 4, 'done', 'a', 'r', 1, sha256('{[4,5)}'), '{}', '${w.officer.person.email}',
         '${w.officer.person.id}', '${w.second.person.email}', '${w.second.person.id}', now(), '{}', now(), 1)`,
      `INSERT INTO destruction_items (destruction_id, ledger_id, block, seqs, destroyed) SELECT id, ledger_id, 0, '{[4,5)}', '{[4,5)}' FROM destructions WHERE ledger_id = ${id}`,
      `DELETE FROM records_l${id}_b0 WHERE seq = 4`,
    );
    const { codes, check } = await verify(w);
    expect(codes).toEqual({ body_missing: 1, destruction_unproven: 1 });
    expect(check).toMatchObject({ outcome: 'failed' });
  });

  it('a request that nobody approved, passed off as approved and under way', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    await tamper(
      w,
      `UPDATE destructions SET state = 'running', approved_by = '${w.second.person.email}', approved_by_id = '${w.second.person.id}', approved_at = now(), approved_found = '{}',
              started_at = now(), destroyed = 1 WHERE id = '${asked.id}'`,
      `UPDATE destruction_items SET destroyed = '{[3,4)}' WHERE destruction_id = '${asked.id}'`,
      `DELETE FROM records_l${w.ledger.id}_b0 WHERE seq = 3`,
    );
    const { codes, breaks } = await verify(w);
    expect(codes).toEqual({ body_missing: 1, destruction_unproven: 1 });
    expect(breaks.find(({ code }) => code === 'destruction_unproven')!.expected).toContain(
      'an approval of these records by another person',
    );
  });

  it('a record that was asked for and left under a hold, and told to be destroyed all the same', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    await placeHold(w.officer, w.slug, { matter: 'Doe v. Clinic', scope: { kind: 'subject', value: 'P-1' }, reason: 'The court asks' });
    await work(approved);
    expect((await verify(w)).codes).toEqual({});
    await tamper(
      w,
      `UPDATE destruction_items SET destroyed = destroyed + '{[3,4)}' WHERE destruction_id = '${asked.id}'`,
      `DELETE FROM records_l${w.ledger.id}_b0 WHERE seq = 3`,
    );
    expect((await verify(w)).codes).toEqual({ body_missing: 3, destruction_unproven: 1 });
  });

  it('records that were slipped into a destruction afterwards', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    await tamper(
      w,
      `UPDATE destruction_items SET seqs = seqs + '{[4,5)}', destroyed = destroyed + '{[4,5)}' WHERE ledger_id = ${w.ledger.id}`,
      `DELETE FROM records_l${w.ledger.id}_b0 WHERE seq = 4`,
    );
    expect((await verify(w)).codes).toEqual({ body_missing: 5, destruction_unproven: 1 });
  });

  it('a certificate that is not the one that was signed, or that the access ledger does not have', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    await tamper(
      w,
      `ALTER TABLE destruction_certificates DROP CONSTRAINT destruction_certificates_check`,
      `UPDATE destruction_certificates SET note = convert_to(replace(convert_from(note, 'UTF8'), 'Retention schedule 4.2', 'Retention schedule 9.9'), 'UTF8') WHERE ledger_id = ${w.ledger.id}`,
    );
    const { codes, breaks } = await verify(w);
    expect(codes).toEqual({ body_missing: 4, destruction_unproven: 1 });
    expect(breaks.find(({ code }) => code === 'destruction_unproven')!.expected).toContain('a certificate that this ledger’s keys signed');
  });

  it('an approver who is another than the access ledger has', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    await tamper(w, `UPDATE destructions SET approved_by = 'somebody@else.example' WHERE ledger_id = ${w.ledger.id}`);
    expect((await verify(w)).codes).toMatchObject({ destruction_unproven: 1 });
  });

  it.each<[string, string]>([
    ['its reason', `reason = 'Another'`],
    ['when it was asked for', `requested_at = requested_at - interval '1 year'`],
    ['when it was approved', `approved_at = approved_at + interval '1 day'`],
    ['its scope', 'scope_to = scope_to - 1'],
    ['how many records its row tells', 'destroyed = destroyed - 1'],
  ])('a row that tells otherwise than its certificate %s', async (what, change) => {
    const w = await destroyableLedger();
    await destroy(w);
    await tamper(w, `UPDATE destructions SET ${change} WHERE ledger_id = ${w.ledger.id}`);
    const { codes, breaks } = await verify(w);
    expect(codes).toMatchObject({ destruction_unproven: 1 });
    expect(breaks.find(({ code }) => code === 'destruction_unproven')!.expected).toContain(`destruction #1: ${what}: `);
  });

  it('objects in which destroyed records lie, and which nobody would delete any more', async () => {
    const w = await destroyableLedger(old(9));
    await archive(w.ledger, folderStore(w.slug));
    await destroy(w);
    await tamper(w, `DELETE FROM destruction_objects WHERE ledger_id = ${w.ledger.id}`);
    const { breaks } = await verify(w);
    expect(breaks.find(({ code }) => code === 'destruction_unproven')).toMatchObject({
      expected: 'destruction #1: in how many archive objects: 1',
      found: '0',
    });
  });

  it('a body that is back', async () => {
    const w = await destroyableLedger();
    const row = await asAdmin(
      db.adminUrl,
      async (c) => (await c.query('SELECT * FROM records WHERE ledger_id = $1 AND seq = 3', [w.ledger.id])).rows[0],
    );
    await destroy(w);
    const columns = Object.keys(row);
    await asAdmin(db.adminUrl, (c) =>
      c.query(`INSERT INTO records (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`, Object.values(row)),
    );
    expect((await verify(w)).codes).toEqual({ destruction_unproven: 1 });
  });
});

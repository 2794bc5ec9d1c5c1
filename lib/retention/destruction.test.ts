import { describe, expect, it } from 'vitest';
import { manifestKeys, newestCovering } from '@/lib/archive/sign-manifest';
import { openCertificate } from '@/lib/chain/destruction-certificate';
import { prisma } from '@/lib/db';
import { findDestruction, readCertificateNote } from '@/lib/ledger/read-destructions';
import { hotPositions, placeHoldOn } from '@/lib/testing/archived-ledger';
import {
  all,
  type DestroyableLedger,
  destroy,
  destroyableLedger,
  keepWords,
  mixed,
  old,
  recount,
  wish,
  work,
} from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
import { db, openArchive } from '@/lib/testing/open-archive';
import { checkCounts } from '@/lib/verification/check-counts';
import { checkRetentionSums } from './check-sums';
import { approveDestruction, declineDestruction, previewDestruction, requestDestruction, withdrawDestruction } from './manage-destruction';
import { surveyScope } from './survey-destruction';

openArchive();

const told = async (action: string, id: string) =>
  (await accessRecords(db.ledgers.access)).filter((one) => one.action === action && one.resource_id === id) as unknown as {
    actor_id: string;
    details: Record<string, unknown>;
  }[];
const find = async (w: DestroyableLedger, id: string) => (await findDestruction(prisma(), w.ledger.id, id, null))!;

describe('a destruction', () => {
  it('takes away what is past its minimum and nothing else; entries stay; the certificate says what was done and is signed', async () => {
    const w = await destroyableLedger();
    const found = await previewDestruction(w.officer, w.slug, all);
    expect(found.found).toMatchObject({ due: 4, held: 0, not_due: 8, complete: true, first_seq: '0', last_seq: '9' });
    const done = await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([1, 2, 4, 5, 7, 8, 10, 11]);
    expect(await prisma().entry.count({ where: { ledger_id: w.ledger.id } })).toBe(12);
    const stands = await find(w, done.id);
    expect(stands).toMatchObject({ state: 'done', destroyed: 4, records: 4, certificate: { version: 1 }, number: 1 });
    const kept = (await readCertificateNote(prisma(), done.id))!;
    const covering = (await newestCovering(w.ledger.id))!;
    const certificate = openCertificate(kept.note, await manifestKeys(w.ledger.id, covering), w.ledger.origin);
    expect(certificate).toMatchObject({
      number: 1,
      requested: { by: w.officer.person.email },
      approved: { by: w.second.person.email },
      authority: 'Retention schedule 4.2',
      records: {
        destroyed: 4,
        first: '0',
        last: '9',
        ranges: [
          ['0', '0'],
          ['3', '3'],
          ['6', '6'],
          ['9', '9'],
        ],
      },
      left: { held: 0, not_due: 0, unsound: 0 },
      objects: { count: 0, pending: 0 },
    });
    const [entry] = await told('destruction_certified', done.id);
    expect(entry!.details).toMatchObject({ sha256: kept.sha256, destroyed: 4, authority: 'Retention schedule 4.2' });
    expect((await told('destruction_requested', done.id))[0]).toMatchObject({ actor_id: w.officer.person.email });
    expect((await told('destruction_approved', done.id))[0]).toMatchObject({ actor_id: w.second.person.email });
  });

  it('leaves counts of overviews and sums of retention what they have to be', async () => {
    const w = await destroyableLedger();
    await destroy(w);
    await recount(w.ledger.id);
    expect((await checkCounts(w.ledger.id)).differences).toEqual([]);
    expect((await checkRetentionSums(w.ledger.id)).differences).toEqual([]);
    const rows = await prisma().$queryRaw<{ state: string; count: bigint }[]>`
      SELECT state, sum(count)::bigint AS count FROM retention_counts WHERE ledger_id = ${w.ledger.id} GROUP BY 1 ORDER BY 1`;
    expect(rows.map(({ state, count }) => [state, Number(count)])).toEqual([
      ['destroyed', 4],
      ['hot', 8],
    ]);
  });

  it('destroys a key with the last words under it, and of other keys the words alone', async () => {
    const w = await destroyableLedger();
    const [whole, shared] = [await keepWords(db, w.ledger.id, 'talk-0', [0, 6]), await keepWords(db, w.ledger.id, 'talk-1', [3, 4])];
    const done = await destroy(w);
    const keys = await prisma().$queryRaw<{ id: string; gone: boolean; of: string | null }[]>`
      SELECT id, wrapped IS NULL AS gone, shredding_id AS of FROM content_keys WHERE ledger_id = ${w.ledger.id}`;
    expect(keys.find(({ id }) => id === whole)).toEqual({ id: whole, gone: true, of: done.id });
    expect(keys.find(({ id }) => id === shared)).toEqual({ id: shared, gone: false, of: null });
    const parts = await prisma().$queryRaw<{ seq: bigint }[]>`
      SELECT e.seq FROM content_parts c JOIN entries e ON e.ledger_id = c.ledger_id AND e.id = c.record_id WHERE c.ledger_id = ${w.ledger.id}`;
    expect(parts.map(({ seq }) => Number(seq))).toEqual([4]);
    const { note } = (await readCertificateNote(prisma(), done.id))!;
    expect(note.toString()).toContain(whole);
    expect(note.toString()).not.toContain(shared);
  });

  it('that names what another took says so in its outcome', async () => {
    const w = await destroyableLedger();
    const asked = [await requestDestruction(w.officer, w.slug, wish()), await requestDestruction(w.officer, w.slug, wish())];
    const approved = [];
    for (const { id, number } of asked) approved.push(await approveDestruction(w.second, w.slug, id, number));
    for (const one of approved) await work(one);
    const outcomes = await Promise.all(asked.map(async ({ id }) => (await findDestruction(prisma(), w.ledger.id, id, null))!.outcome));
    expect(outcomes).toEqual(['4 records of 4 destroyed.', '0 records of 4 destroyed; 4 records destroyed before, by another request.']);
  });

  it('lets a conversation of which nothing is left forget whom it was with and about', async () => {
    const w = await destroyableLedger([...old(6), ...mixed(3).map((one) => ({ ...one, conversation_id: 'other' }))]);
    await destroy(w);
    const rows = await prisma().conversation.findMany({ where: { ledger_id: w.ledger.id }, orderBy: { conversation_id: 'asc' } });
    expect(rows.map((row) => [row.conversation_id, row.subject_id, Number(row.record_count)])).toEqual([
      ['other', 'P-0', 3],
      ['talk-0', null, 2],
      ['talk-1', null, 2],
      ['talk-2', null, 2],
    ]);
  });
});

describe('nothing is destroyed', () => {
  it('before its minimum is over: it cannot even be asked for', async () => {
    const w = await destroyableLedger(mixed().filter((_, i) => i % 3 !== 0));
    await expect(requestDestruction(w.officer, w.slug, wish())).rejects.toMatchObject({ code: 'destruction_refused' });
    expect(await prisma().$queryRaw`SELECT id FROM destructions WHERE ledger_id = ${w.ledger.id}`).toEqual([]);
  });

  it('under a hold, which is named', async () => {
    const w = await destroyableLedger();
    await placeHoldOn(db, w.ledger.id, 'subject', 'P-0');
    const { found, say } = await previewDestruction(w.officer, w.slug, all);
    expect(found).toMatchObject({ due: 2, held: 2, holds: [1] });
    expect(say).toContain('hold #1');
    await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 10, 11]);
  });

  it('by one person alone; the database refuses it by itself', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    await expect(approveDestruction(w.officer, w.slug, asked.id, asked.number)).rejects.toMatchObject({ code: 'second_person_required' });
    const byHand = (sql: string, ...values: unknown[]) => asAdmin(db.adminUrl, (c) => c.query(sql, values));
    const { officer, ledger, auditor } = w;
    const approve = (person: typeof officer) =>
      byHand('SELECT approve_destruction($1, $2, NULL, $3, $4, $5)', asked.id, ledger.id, '{}', person.person.email, person.person.id);
    await expect(approve(officer)).rejects.toMatchObject({ code: 'HF012' });
    // The same address in other letters is the same person under a second account.
    const twin = { ...w.second, person: { ...w.second.person, email: officer.person.email.toUpperCase() } };
    await expect(approve(twin)).rejects.toMatchObject({ code: 'HF012' });
    // An auditor is another person, and no compliance officer.
    await expect(approve(auditor)).rejects.toMatchObject({ code: 'HF012' });
    await expect(
      byHand(
        "UPDATE destructions SET state = 'approved', approved_by = 'x', approved_by_id = requested_by_id, approved_at = now(), approved_found = '{}' WHERE id = $1",
        asked.id,
      ),
    ).rejects.toMatchObject({ constraint: 'destructions_second_person' });
    expect(await hotPositions(ledger.id)).toHaveLength(12);
  });

  it('of more than a request names, or of one record twice: the database counts for itself', async () => {
    const w = await destroyableLedger();
    const { officer, second, ledger, slug } = w;
    const byHand = (sql: string, ...values: unknown[]) => asAdmin(db.adminUrl, (c) => c.query(sql, values));
    await expect(
      byHand(
        `SELECT request_destruction(gen_random_uuid(), $1, 'range', '', NULL, 0, 100000, 'a', 'r', '{[0,100001)}', '{}', $2, $3)`,
        ledger.id,
        officer.person.email,
        officer.person.id,
      ),
    ).rejects.toMatchObject({ code: 'HF024', message: 'holdfast: a request names 100,000 records at most' });
    const asked = await requestDestruction(officer, slug, wish());
    await approveDestruction(second, slug, asked.id, asked.number);
    await byHand(`UPDATE destructions SET state = 'running' WHERE id = $1`, asked.id);
    for (const seqs of ['{0,0}', '{3,0}'])
      await expect(byHand('SELECT assert_destroyable($1, $2, $3)', asked.id, ledger.id, seqs)).rejects.toMatchObject({ code: 'HF024' });
    await byHand('SELECT assert_destroyable($1, $2, $3)', asked.id, ledger.id, '{0,3}');
  });

  it('of more than a request names: the look ends at the last record that one can name, among others that are not due', async () => {
    const w = await destroyableLedger(mixed(30));
    const { found, ranges } = await surveyScope(w.ledger, all, { most: 3 });
    expect(found).toMatchObject({ due: 3, not_due: 4, complete: false, looked_to: '6', last_seq: '6' });
    expect(ranges).toHaveLength(3);
  });

  it('without a password that was entered lately', async () => {
    const w = await destroyableLedger();
    const stale = (viewer: typeof w.officer) => ({ ...viewer, confirmedAt: new Date(Date.now() - 3_600_000) });
    await expect(requestDestruction(stale(w.officer), w.slug, wish())).rejects.toMatchObject({ code: 'reauthentication_required' });
    const asked = await requestDestruction(w.officer, w.slug, wish());
    await expect(approveDestruction(stale(w.second), w.slug, asked.id, asked.number)).rejects.toMatchObject({
      code: 'reauthentication_required',
    });
  });

  it('that was declined or withdrawn, and neither by the wrong person', async () => {
    const w = await destroyableLedger();
    const first = await requestDestruction(w.officer, w.slug, wish());
    await expect(declineDestruction(w.officer, w.slug, first.id, 'I changed my mind')).rejects.toMatchObject({
      code: 'second_person_required',
    });
    await expect(withdrawDestruction(w.second, w.slug, first.id, 'Not mine')).rejects.toMatchObject({ code: 'forbidden' });
    expect(await declineDestruction(w.second, w.slug, first.id, 'Not yet')).toMatchObject({
      state: 'declined',
      closed: { reason: 'Not yet' },
    });
    await expect(approveDestruction(w.second, w.slug, first.id, first.number)).rejects.toMatchObject({ code: 'conflict' });
    const other = await requestDestruction(w.officer, w.slug, wish());
    expect(await withdrawDestruction(w.officer, w.slug, other.id, 'A mistake')).toMatchObject({ state: 'withdrawn', number: 2 });
    expect(await hotPositions(w.ledger.id)).toHaveLength(12);
  });

  it('of an access ledger', async () => {
    const w = await destroyableLedger();
    await asAdmin(db.adminUrl, (c) =>
      c.query("INSERT INTO memberships (user_id, ledger_id, role) VALUES ($1, $2, 'compliance_officer')", [
        w.officer.person.id,
        db.ledgers.access,
      ]),
    );
    await expect(requestDestruction(w.officer, 'access', wish())).rejects.toMatchObject({ code: 'destruction_refused' });
  });

  it('that a hold reaches which came between approval and execution; the certificate tells it', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    await placeHoldOn(db, w.ledger.id, 'conversation', 'talk-1');
    await work(approved);
    expect(await hotPositions(w.ledger.id)).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 10, 11]);
    expect(await find(w, asked.id)).toMatchObject({ state: 'done', destroyed: 2, left: { held: 2, holds: [1] } });
    expect((await readCertificateNote(prisma(), asked.id))!.note.toString()).toContain('"left":{"held":2,');
  });

  it('that a change of policy has made longer-lived since', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `SELECT save_retention($1, 1, (SELECT jsonb_agg(CASE WHEN p ->> 'code' = 'default' THEN jsonb_set(p, '{floor}', '{"years":50}') ELSE p END)
           FROM retention_versions v, jsonb_array_elements(v.policies) p WHERE v.ledger_id = $1), '[]', 'ada', 'longer')`,
        [w.ledger.id],
      ),
    );
    await work(approved);
    expect(await hotPositions(w.ledger.id)).toHaveLength(12);
    expect(await find(w, asked.id)).toMatchObject({ state: 'done', destroyed: 0, left: { not_due: 4 } });
  });

  it('whose body is not the one that its entry names: that is evidence', async () => {
    const w = await destroyableLedger();
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    await asAdmin(db.adminUrl, async (c) => {
      const leaf = `records_l${w.ledger.id}_b0`;
      await c.query(`ALTER TABLE ${leaf} DISABLE TRIGGER ALL`);
      await c.query(`UPDATE ${leaf} SET body = body || convert_to(' ', 'UTF8') WHERE seq = 3`);
      await c.query(`ALTER TABLE ${leaf} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement`);
    });
    await work(approved);
    expect(await hotPositions(w.ledger.id)).toContain(3);
    expect(await find(w, asked.id)).toMatchObject({ destroyed: 3, left: { unsound: 1 } });
  });

  it('of the words of a conversation that a hold reaches elsewhere', async () => {
    const w = await destroyableLedger(mixed().map((one, i) => (i === 2 ? { ...one, resource_type: 'chart', resource_id: 'R-9' } : one)));
    const key = await keepWords(db, w.ledger.id, 'talk-0', [0, 6]);
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, reason, placed_by) VALUES ($1, 'M', 'resource', 'R-9', 'chart', 'r', 'ada')`,
        [w.ledger.id],
      ),
    );
    await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 10, 11]);
    expect(await prisma().$queryRaw`SELECT wrapped IS NULL AS gone FROM content_keys WHERE id = ${key}::uuid`).toEqual([{ gone: false }]);
  });
});

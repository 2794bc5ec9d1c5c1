import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { RevealLine } from '@/lib/schema/words';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { requestShredding } from '@/lib/words/request-shredding';
import { revealContent } from '@/lib/words/reveal-content';

const AGENT = agentRecord().agent_name;
const WORDS = 'Your potassium is 5.9 mmol/l: stop the tablets — \u202eand call me\u202c. 🩺';
let db: TestDatabase;
let door: IngestDoor;
let auditor: Viewer;
let officer: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, [AGENT]);
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const answer = (over: object = {}) => ({
  ...agentRecord({ action: 'agent_response_generated', conversation_id: `talk-${randomUUID()}` }),
  content: [{ part: 'response' as const, text: WORDS }],
  ...over,
});
async function reveal(wish: { record_id: string } | { conversation_id: string }): Promise<RevealLine[]> {
  const lines: RevealLine[] = [];
  for await (const line of await revealContent(auditor, 'main', { ...wish, purpose: 'audit' })) lines.push(line);
  return lines;
}
const bodyOf = async (id: string) => {
  const { rows } = await asAdmin(db.adminUrl, (c) => c.query("SELECT convert_from(body, 'UTF8') AS body FROM records WHERE id = $1", [id]));
  return JSON.parse(rows[0].body);
};

describe('words that an agent sends', () => {
  it('are sealed before they touch a table, committed to by the body, and come back word for word to who may read them', async () => {
    const sent = answer();
    expect((await door.post(sent)).status).toBe(201);
    const body = await bodyOf(sent.id);
    expect(body.content).toEqual([
      {
        ciphertext_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        index: 0,
        key_commitment: expect.stringMatching(/^[0-9a-f]{64}$/),
        key_id: expect.any(String),
        length: Buffer.byteLength(WORDS),
        nonce: expect.stringMatching(/^[0-9a-f]{24}$/),
        part: 'response',
      },
    ]);
    expect(body.details.content_lengths).toEqual({ response: Buffer.byteLength(WORDS) });
    expect(await reveal({ record_id: sent.id })).toEqual([
      { record_id: sent.id, seq: expect.any(String), part: 'response', index: 0, text: WORDS },
      { end: true, parts: 1, revealed: 1, next_after: null },
    ]);
    const dump = await asAdmin(db.adminUrl, async (c) => {
      const { rows } = await c.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
      );
      let found = 0;
      for (const { table_name: table } of rows)
        found += Number(
          (
            await c.query(
              `SELECT count(*) FROM "${table}" t WHERE t::text LIKE '%potassium%' OR t::text LIKE '%' || encode('potassium', 'hex') || '%'`,
            )
          ).rows[0].count,
        );
      return found;
    });
    expect(dump).toBe(0);
  });

  it('are stored once, however often they are sent, and a record of other words under the same id is a conflict', async () => {
    const sent = answer();
    const first = await (await door.post(sent)).json();
    const again = await door.post(sent);
    expect([again.status, await again.json()]).toEqual([200, { ...first, duplicate: true }]);
    expect((await door.post({ ...sent, content: [{ part: 'response', text: `${WORDS}!` }] })).status).toBe(409);
    expect(await prisma().$queryRaw`SELECT count(*)::int AS n FROM content_parts WHERE record_id = ${sent.id}::uuid`).toEqual([{ n: 1 }]);
  });

  it('of two records cannot be exchanged, nor those of one with those of another ledger: what was swapped does not open', async () => {
    const conversation_id = `talk-${randomUUID()}`;
    const [a, b] = [
      answer({ conversation_id }),
      answer({ conversation_id, content: [{ part: 'response', text: 'The other words, as long as these.' }] }),
    ];
    for (const one of [a, b]) await door.post(one);
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE content_parts DISABLE TRIGGER USER');
      await c.query(
        'UPDATE content_parts SET ciphertext = (SELECT ciphertext FROM content_parts WHERE record_id = $2) WHERE record_id = $1',
        [a.id, b.id],
      );
      await c.query('ALTER TABLE content_parts ENABLE TRIGGER USER');
    });
    const [line] = await reveal({ record_id: a.id });
    expect(line).toMatchObject({ absent: 'unreadable' });
    expect((await reveal({ record_id: b.id }))[0]).toMatchObject({ text: 'The other words, as long as these.' });
  });

  it('that were shredded are gone for good, while the chain still holds them to have been there; what comes later is sealed anew', async () => {
    const conversation_id = `talk-${randomUUID()}`;
    const [before, after] = [answer({ conversation_id }), answer({ conversation_id })];
    await door.post(before);
    const scope = { kind: 'conversation' as const, value: conversation_id };
    const made = await requestShredding(officer, 'main', {
      scope,
      authority: 'GDPR Art. 17(1)(a)',
      reason: 'asked for',
      confirm: conversation_id,
    });
    expect(made).toMatchObject({ keys: 1, parts: 1, pending: true });
    expect((await door.post(after)).status).toBe(201);
    expect(
      (await reveal({ conversation_id })).map((line) => ('text' in line ? line.text : 'absent' in line ? line.absent : 'end')),
    ).toEqual(['shredded', WORDS, 'end']);
    expect((await bodyOf(before.id)).content).toHaveLength(1);
  });

  it('that were shredded answer no guess: who sends the record again is told the same, right or wrong', async () => {
    const conversation_id = `talk-${randomUUID()}`;
    const sent = answer({ conversation_id });
    await door.post(sent);
    expect((await door.post(sent)).status).toBe(200);
    const scope = { kind: 'conversation' as const, value: conversation_id };
    await requestShredding(officer, 'main', { scope, authority: 'GDPR Art. 17(1)(a)', reason: 'asked for', confirm: conversation_id });
    const told = async (content: unknown) => {
      const alone = await door.post({ ...sent, content });
      const { request_id, ...problem } = (await alone.json()) as Record<string, unknown>;
      const batch = (await (await door.post([{ ...sent, content }, answer()])).json()) as { items: { status: number }[] };
      return [alone.status, problem, batch.items.map(({ status }) => status)];
    };
    const right = await told(sent.content);
    expect(right[0]).toBe(409);
    expect(right[2]).toEqual([409, 201]);
    expect(await told([{ part: 'response', text: 'A wrong guess, as long as it is.' }])).toEqual(right);
  });

  it('up to a mebibyte a part are taken, larger ones refused by name, sixteen parts at most, and nothing of a refused record is stored', async () => {
    const large = answer({ content: [{ part: 'document', text: 'ä'.repeat(524_288) }] });
    expect((await door.post(large)).status).toBe(201);
    const larger = answer({
      content: [
        { part: 'prompt', text: 'x' },
        { part: 'document', text: 'x'.repeat(1_048_577) },
      ],
    });
    const refused = await door.post(larger);
    expect([refused.status, await refused.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'content_too_large', pointer: '/content/1/text' }),
    ]);
    const many = await door.post(answer({ content: Array.from({ length: 17 }, () => ({ part: 'document', text: 'x' })) }));
    expect([many.status, (await many.json()).code]).toEqual([422, 'out_of_range']);
    expect(await prisma().$queryRaw`SELECT count(*)::int AS n FROM content_parts WHERE record_id = ${larger.id}::uuid`).toEqual([{ n: 0 }]);
  });

  it('without a key to seal them are answered 503, and nothing is stored', async () => {
    const file = process.env.VAULT_KEY_FILE;
    process.env.VAULT_KEY_FILE = '/nowhere/keys.json';
    const sent = answer();
    const refused = await door.post(sent);
    process.env.VAULT_KEY_FILE = file;
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'vault_unavailable']);
    expect((await door.post(sent)).status).toBe(201);
  });
});

describe('personal identifiers', () => {
  it('in words lift the classification and are named by their kind, not by what they are', async () => {
    const sent = answer({
      data_classification: 'internal',
      content: [{ part: 'response', text: 'Write to anna.weber@example.org, SSN 536-90-4399.' }],
    });
    await door.post(sent);
    const body = await bodyOf(sent.id);
    expect(body.data_classification).toBe('restricted');
    expect(body.details).toMatchObject({ contains_phi: true, phi_labels: expect.arrayContaining(['email', 'ssn']) });
    expect(JSON.stringify(body)).not.toMatch(/anna|536-90/);
  });

  it('in details are masked, and the original is sealed with the record; resource_id stays', async () => {
    const sent = {
      ...agentRecord({
        resource_type: 'patient_record',
        resource_id: 'anna.weber@example.org',
        details: { note: 'mail anna.weber@example.org', tool: 'lookup' },
      }),
      action: 'tool_invoked',
    };
    await door.post(sent);
    const body = await bodyOf(sent.id);
    expect(body.details).toMatchObject({ note: 'mail [email]', tool: 'lookup', contains_phi: true });
    expect(body.resource_id).toBe('anna.weber@example.org');
    expect((await reveal({ record_id: sent.id }))[0]).toMatchObject({
      part: 'details',
      text: JSON.stringify({ '/note': 'mail anna.weber@example.org' }),
    });
  });

  it('in details refuse the record where the ledger’s settings say so', async () => {
    await prisma().$executeRaw`INSERT INTO content_settings (ledger_id, phi_in_details) VALUES (${db.ledgers.main}, 'reject')
      ON CONFLICT (ledger_id) DO UPDATE SET phi_in_details = 'reject'`;
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const refused = await door.post(agentRecord({ details: { note: 'mail anna.weber@example.org' } }));
    expect([refused.status, await refused.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'phi_in_details', pointer: '/details/note' }),
    ]);
  });
});

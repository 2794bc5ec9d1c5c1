import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { type FakeKms, type KmsMood, startFakeKms } from '@/lib/testing/fake-kms';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { verify } from '@/lib/testing/tamper-ledger';
import { forgetAllDataKeys } from '@/lib/vault/data-keys';
import { forgetLedgerSecrets } from '@/lib/vault/ledger-secrets';
import { requestShredding } from '@/lib/words/request-shredding';
import { revealContent } from '@/lib/words/reveal-content';

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';
let db: TestDatabase;
let door: IngestDoor;
let kms: FakeKms;
beforeAll(async () => {
  kms = await startFakeKms([KEY]);
  db = await freshDatabase();
  Object.assign(process.env, { KMS_ENDPOINT: kms.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  door = await openIngestDoor(db, [agentRecord().agent_name]);
});
afterEach(() => {
  delete process.env.VAULT_KMS_KEY;
  kms.mood = 'well';
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  await kms.close();
});

const said = (text: string, conversation = `talk-${randomUUID()}`) => ({
  ...agentRecord({ conversation_id: conversation }),
  content: [{ part: 'response' as const, text }],
});
const stored = async (table: 'records' | 'content_parts' | 'content_keys') =>
  (await asAdmin(db.adminUrl, (c) => c.query(`SELECT count(*)::int AS n FROM ${table} WHERE ledger_id = ${db.ledgers.main}`))).rows[0]
    .n as number;

describe('a key service that does not do its part', () => {
  it.each(['denied', 'failing', 'disabled', 'hang'] as KmsMood[])(
    '(%s) has words answered 503 within seconds and nothing of them stored; records without words are taken, and a retry is, once it is back',
    async (mood) => {
      process.env.VAULT_KMS_KEY = KEY;
      forgetAllDataKeys();
      kms.mood = mood;
      const before = [await stored('records'), await stored('content_parts'), await stored('content_keys')];
      const sent = said('Two a day.');
      const began = performance.now();
      const refused = await door.post(sent);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect([refused.status, (await refused.json()).code]).toEqual([503, 'vault_unavailable']);
      expect(refused.headers.get('retry-after')).toMatch(/^\d$/);
      // A batch of which one record has words: none of it, so that its order stays as it was sent.
      expect((await door.post([agentRecord(), said('Three a day.')])).status).toBe(503);
      expect([await stored('records'), await stored('content_parts'), await stored('content_keys')]).toEqual(before);
      expect((await door.post(agentRecord())).status).toBe(201);
      kms.mood = 'well';
      expect((await door.post(sent)).status).toBe(201);
      expect((await door.post(sent)).status).toBe(200);
    },
  );

  it('is not asked for each record: a conversation’s key serves for minutes', async () => {
    process.env.VAULT_KMS_KEY = KEY;
    const conversation = `talk-${randomUUID()}`;
    expect((await door.post(said('One.', conversation))).status).toBe(201);
    kms.calls.length = 0;
    for (let i = 0; i < 20; i++) expect((await door.post(said(`${i}.`, conversation))).status).toBe(201);
    expect(kms.calls).toEqual([]);
    kms.mood = 'failing';
    expect((await door.post(said('And one more.', conversation))).status).toBe(201);
  });

  it('that is away keeps the secret of a ledger too, without which no retry could be told', async () => {
    process.env.VAULT_KMS_KEY = KEY;
    forgetLedgerSecrets();
    await asAdmin(db.adminUrl, (c) => c.query(`UPDATE vault_secrets SET kek_id = 'local:gone'`));
    const refused = await door.post(said('Four a day.'));
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'vault_unavailable']);
    await asAdmin(db.adminUrl, (c) => c.query('DELETE FROM vault_secrets'));
    forgetLedgerSecrets();
  });
});

describe('words that are sent while others shred the conversation', () => {
  it('are taken, every one; each opens or was shredded, and the ledger stays sound', async () => {
    const conversation = `talk-${randomUUID()}`;
    const officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
    let done = false;
    let shreddings = 0;
    const shredding = (async () => {
      while (!done) {
        const wish = {
          scope: { kind: 'conversation' as const, value: conversation },
          authority: 'Art. 17',
          reason: 'asked for',
          confirm: conversation,
        };
        await requestShredding(officer, 'main', wish).then(
          () => shreddings++,
          () => {},
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const codes = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 8 }, async (_, sender) => {
        for (let i = 0; i < 25; i++) {
          const record = said(`${sender}.${i}`, conversation);
          for (let tries = 0; ; tries++) {
            const { status } = await door.post(record);
            codes.set(status, (codes.get(status) ?? 0) + 1);
            if (status < 500 || tries > 20) break;
          }
        }
      }),
    );
    done = true;
    await shredding;
    expect(shreddings).toBeGreaterThan(3);
    expect(codes.get(201)).toBe(200);
    expect([...codes.keys()].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    const auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
    const seen = { opened: 0, shredded: 0 };
    for await (const line of await revealContent(auditor, 'main', { conversation_id: conversation, purpose: 'audit' })) {
      if ('text' in line) seen.opened++;
      else if ('absent' in line) {
        expect(line.absent).toBe('shredded');
        seen.shredded++;
      }
    }
    expect(seen.opened + seen.shredded).toBe(200);
    expect(seen.shredded).toBeGreaterThan(0);
    const run = await verify(db.ledgers.main);
    expect(run).toMatchObject({ verdict: 'valid', breaks_total: 0 });
  });

  it('no part is ever stored without its record, nor a record without the parts that it commits to', async () => {
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query(`SELECT (SELECT count(*)::int FROM content_parts p WHERE NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = p.ledger_id AND r.id = p.record_id)) AS alone,
        (SELECT count(*)::int FROM content_parts) AS parts,
        (SELECT sum(jsonb_array_length(convert_from(body, 'UTF8')::jsonb -> 'content'))::int FROM records) AS committed`),
    );
    expect(rows[0].alone).toBe(0);
    expect(rows[0].parts).toBe(rows[0].committed);
    expect(rows[0].parts).toBeGreaterThan(200);
  });
});

describe('bodies', () => {
  it('of more than a mebibyte are for words alone: without them the limit is what it was', async () => {
    const padded = await door.post({ ...agentRecord(), details: { pad: 'x'.repeat(1_100_000) } });
    expect([padded.status, (await padded.json()).code]).toEqual([413, 'body_too_large']);
    const parts = Array.from({ length: 7 }, () => ({ part: 'document' as const, text: 'x'.repeat(1_048_576) }));
    const taken = await door.post({ ...agentRecord(), content: parts });
    expect(taken.status).toBe(201);
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query('SELECT sum(octet_length(ciphertext))::int AS bytes FROM content_parts WHERE octet_length(ciphertext) > 1000000'),
    );
    expect(rows[0].bytes).toBe(7 * (1_048_576 + 16));
  });

  it('hold what was asked of the ledger in its secret digest: a guess at a short answer cannot be tried against the record', async () => {
    const sent = said('yes');
    await door.post(sent);
    const { body } = await prisma().record.findFirstOrThrow({ where: { id: sent.id } });
    const { submitted } = JSON.parse(Buffer.from(body).toString());
    const { canonicalize } = await import('@/lib/chain/canonical-json');
    const { hash } = await import('node:crypto');
    expect(submitted).not.toBe(hash('sha256', canonicalize(JSON.parse(JSON.stringify(sent)))));
  });
});

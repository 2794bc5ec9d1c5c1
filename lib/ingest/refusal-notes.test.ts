import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyIdentity } from '@/lib/auth/authenticate-key';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { CONTENT_PARTS } from '@/lib/schema/vocabulary';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { reportRefusal } from './report-refusal';

let db: TestDatabase;
let door: IngestDoor;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

interface Note {
  actor_id: string;
  outcome: string;
  details: { code: string };
}
/** Notes are written beside the answer; waits until there are as many of these as expected. */
async function notes(expected: number, which: (note: Note) => boolean): Promise<Note[]> {
  for (;;) {
    const all = (await accessRecords(db.ledgers.access)) as unknown as (Note & { action: string })[];
    const found = all.filter((record) => record.action === 'ingest_refused' && which(record));
    if (found.length >= expected) return found;
    await sleep(20);
  }
}
const about =
  (...codes: string[]) =>
  (note: Note) =>
    codes.includes(note.details.code);

describe('the words of a conversation', () => {
  const WORDS = 'the quick brown patient jumps';

  it.each(CONTENT_PARTS)(
    'sent as %s are sealed, and stand nowhere in the database, nor in an answer, also where the record is refused',
    async (part) => {
      const sent = { ...agentRecord(), content: [{ part, text: WORDS }] };
      const single = await door.post(sent);
      expect(single.status).toBe(201);
      const refused = { ...sent, id: crypto.randomUUID(), agent_name: 'another' };
      const batch = await (await door.post([agentRecord(), refused])).json();
      expect(batch.items.map((item: { code?: string }) => item.code)).toEqual([undefined, 'agent_mismatch']);
      expect(`${await single.text()}${JSON.stringify(batch)}`).not.toContain(WORDS);
      await notes(1, about('agent_mismatch'));
      const dump = await asAdmin(db.adminUrl, async (client) => {
        const { rows } = await client.query<{ table_name: string }>(
          "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        );
        let found = 0;
        for (const { table_name } of rows) {
          const name = client.escapeIdentifier(table_name);
          found += Number((await client.query(`SELECT count(*) FROM ${name} t WHERE t::text LIKE '%quick brown%'`)).rows[0].count);
        }
        const bodies = await client.query("SELECT count(*) FROM records WHERE convert_from(body, 'UTF8') LIKE '%quick brown%'");
        return found + Number(bodies.rows[0].count);
      });
      expect(dump).toBe(0);
    },
  );
});

describe('who may not send', () => {
  it('a reading key is refused', async () => {
    const answer = await door.post(agentRecord(), { authorization: `Bearer ${door.readKey}` });
    expect({ status: answer.status, code: (await answer.json()).code }).toEqual({ status: 403, code: 'forbidden' });
  });

  it('a key stays within its agents and its actor types, record by record', async () => {
    const answer = await door.post(
      [agentRecord(), agentRecord({ agent_name: 'another' }), agentRecord({ actor_type: 'user' }), agentRecord({ actor_type: 'admin' })],
      { authorization: `Bearer ${door.agentOnlyKey}` },
    );
    expect((await answer.json()).items.map((item: { status: number; code?: string }) => item.code ?? item.status)).toEqual([
      201,
      'agent_mismatch',
      'actor_not_allowed',
      'actor_not_allowed',
    ]);
  });
});

describe('a refused delivery', () => {
  const key: KeyIdentity = { keyId: 'note-key', ledgerId: 0, kind: 'ingest', name: 'x', agentNames: [], mayWriteUser: false };

  it('is noted in the access ledger once a minute for each sender and code, with how many came in between', async () => {
    const own = { ...key, ledgerId: db.ledgers.main };
    for (let i = 0; i < 5; i++) reportRefusal({ code: 'enum', key: own, address: '192.0.2.9' }, 1_000 + i);
    reportRefusal({ code: 'too_deep', key: own, address: '192.0.2.9' }, 2_000);
    reportRefusal({ code: 'unauthenticated', key: null, address: '192.0.2.9' }, 2_000);
    for (const at of [60_999, 61_000, 62_000]) reportRefusal({ code: 'enum', key: own, address: '192.0.2.9' }, at);
    const found = await notes(4, (note) => ['note-key', '192.0.2.9'].includes(note.actor_id));
    const told = found.map((record) => ({ actor: record.actor_id, outcome: record.outcome, ...record.details }));
    const said = (code: string, repeated: number) => ({
      actor: 'note-key',
      outcome: 'denied',
      code,
      address: '192.0.2.9',
      ledger: 'main',
      repeated_before: repeated,
    });
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        said('enum', 0),
        said('too_deep', 0),
        { actor: '192.0.2.9', outcome: 'denied', code: 'unauthenticated', address: '192.0.2.9', repeated_before: 0 },
        said('enum', 5),
      ]),
    );
  });

  it('of a stranger is noted once for a whole network of IPv6 addresses', async () => {
    for (let i = 1; i < 20; i++) reportRefusal({ code: 'unauthenticated', key: null, address: `2001:db8:9:9::${i}` }, 5_000);
    reportRefusal({ code: 'unauthenticated', key: null, address: '2001:db8:9:a::1' }, 5_000);
    const ours = (note: Note) => note.actor_id.startsWith('2001:db8:9:');
    expect((await notes(2, ours)).map((note) => note.actor_id).sort()).toEqual(['2001:db8:9:9::1', '2001:db8:9:a::1']);
  });

  it('within a batch is noted as one that comes alone would be', async () => {
    await door.post([agentRecord({ purpose: '' }), agentRecord({ purpose: '' }), { ...agentRecord(), note: 1 }, agentRecord()]);
    const found = await notes(2, about('format', 'unknown_field'));
    expect(found.map((note) => note.details.code).sort()).toEqual(['format', 'unknown_field']);
  });

  it('is not noted where it was the store that was in trouble', async () => {
    for (const code of ['store_busy', 'outcome_unknown', 'internal', 'json_syntax'] as const)
      reportRefusal({ code, key: { ...key, keyId: 'last-key', ledgerId: db.ledgers.main }, address: null }, 1);
    const found = await notes(1, (note) => note.actor_id === 'last-key');
    expect(found.map((note) => note.details.code)).toEqual(['json_syntax']);
    await readSoundLedger(db.adminUrl, db.ledgers.access);
  });

  it('of a stranger costs the ledger nothing more, however often it is tried', async () => {
    const address = '127.0.0.1';
    const strangers = Array.from({ length: 50 }, () => door.post(agentRecord(), { authorization: 'Bearer nobody' }));
    for (const answer of await Promise.all(strangers)) expect(answer.status).toBe(401);
    const ours = (note: Note) => about('unauthenticated')(note) && note.actor_id.endsWith(address);
    expect(await notes(1, ours)).toHaveLength(1);
    // A note of another reason that was written afterwards: nothing more of the first was on its way.
    reportRefusal({ code: 'too_long', key: null, address });
    await notes(1, about('too_long'));
    expect(await notes(1, ours)).toHaveLength(1);
  });
});

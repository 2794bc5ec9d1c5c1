import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { agentRecord, places, verify } from '@/lib/testing/tamper-ledger';
import { appendRecords, closeAppenders } from './append-records';
import { readConversationRow } from './read-conversations';

let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** Sends numbers in batches, each number under an id of its own. @returns the conversation's id */
async function send(batches: readonly (readonly number[])[]): Promise<string> {
  const conversation_id = `numbers-${++made}`;
  for (const numbers of batches)
    await appendRecords(
      db.ledgers.main,
      numbers.map((agent_seq) => agentRecord({ conversation_id, agent_seq })),
    );
  return conversation_id;
}
const line = async (id: string) => {
  const { has_gap } = await prisma().conversation.findUniqueOrThrow({
    where: { ledger_id_conversation_id: { ledger_id: db.ledgers.main, conversation_id: id } },
  });
  const row = await prisma().$transaction((tx) => readConversationRow(tx, db.ledgers.main, id));
  return { has_gap, missing: row!.missing };
};

describe('the list of conversations', () => {
  it('shows a number that never came, though another came twice', async () => {
    expect(await line(await send([[1], [2, 3], [5], [5]]))).toEqual({ has_gap: true, missing: 1 });
    expect(await line(await send([[1, 2, 3, 5, 5, 5, 5]]))).toEqual({ has_gap: true, missing: 1 });
    expect(await line(await send([[2], [2]]))).toEqual({ has_gap: true, missing: 1 });
  });

  it('shows none where a number came late, or twice and nothing is missing', async () => {
    expect(await line(await send([[1, 3], [4], [2]]))).toEqual({ has_gap: false, missing: 0 });
    expect(await line(await send([[1, 2, 2, 1], [3]]))).toEqual({ has_gap: false, missing: 0 });
  });

  it('tells exactly what is missing, whatever the order and the batches, and a verification agrees', async () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, async (sent) => {
        const seen = new Set(sent.flat());
        const missing = Math.max(...seen) - seen.size;
        expect(await line(await send(sent))).toEqual({ has_gap: missing > 0, missing });
      }),
      { numRuns: 60 },
    );
    const run = await verify(db.ledgers.main);
    expect([places(run), run.verdict]).toEqual([[], 'valid']);
  });

  it('keeps no more than a thousand pieces of a numbering that is full of holes, and goes by the counts from there', async () => {
    const odd = Array.from({ length: 1_001 }, (_, i) => 2 * i + 1);
    const id = await send([odd.slice(0, 1_000), odd.slice(1_000), [2]]);
    expect(await line(id)).toEqual({ has_gap: true, missing: 2_001 - 1_002 });
    const { rows } = await asAdmin(db.adminUrl, (c) => c.query('SELECT agent_seqs FROM conversations WHERE conversation_id = $1', [id]));
    expect(rows).toEqual([{ agent_seqs: null }]);
    const whole = await verify(db.ledgers.main, { kind: 'conversation', conversation_id: id });
    expect([places(whole), whole.verdict]).toEqual([[], 'valid']);
  });

  it('gets its numbers from the bodies where a ledger is older than they are', async () => {
    const ids = [await send([[1, 2, 4, 4]]), await send([[3], [1, 2]])];
    const sql = readFileSync('prisma/migrations/20261121000009_times/migration.sql', 'utf8');
    const fill = sql.slice(sql.indexOf('UPDATE conversations'), sql.indexOf(';', sql.indexOf('UPDATE conversations')));
    await asAdmin(db.adminUrl, async (c) => {
      const all = async () =>
        (await c.query('SELECT conversation_id, agent_seqs, has_gap FROM conversations WHERE conversation_id = ANY ($1) ORDER BY 1', [ids]))
          .rows;
      const before = await all();
      await c.query("UPDATE conversations SET agent_seqs = '{}', has_gap = false");
      await c.query(fill);
      expect(await all()).toEqual(before);
    });
    expect(await Promise.all(ids.map(line))).toEqual([
      { has_gap: true, missing: 1 },
      { has_gap: false, missing: 0 },
    ]);
  });
});

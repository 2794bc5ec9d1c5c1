import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { places, tamper, variedLedger, verify } from '@/lib/testing/tamper-ledger';

let db: TestDatabase;
let ledger: number;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  ledger = await variedLedger(db);
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

describe('an administrator who adds', () => {
  it('a forged entry in place of another is found', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query(
        `UPDATE entries SET integrity_hash = sha256('forged'), previous_hash = sha256('x'), id = '${randomUUID()}' WHERE ledger_id = ${ledger} AND seq = 9`,
      );
    });
    expect(places(await verify(ledger))).toEqual(['link_broken@9', 'hash_mismatch@9', 'projection_altered@9', 'link_broken@10']);
  });

  it('a record without an entry is found, behind the head too', async () => {
    const copy = (seq: number) =>
      tamper(db, ledger, (c) =>
        c.query(
          `INSERT INTO records SELECT ledger_id, ${seq}, body, id, occurred_at, action, actor_id, actor_type, NULL, 0, agent_name, resource_type, resource_id, subject_id, outcome, classification
             FROM records WHERE ledger_id = ${ledger} AND seq = 13`,
        ),
      );
    await copy(25);
    expect(places(await verify(ledger))).toEqual(['entry_missing@25']);
  });

  it('a second entry at one place, with the key taken off first, is found', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query('ALTER TABLE entries DROP CONSTRAINT entries_pkey, DROP CONSTRAINT entries_ledger_id_id_key');
      await c.query(`INSERT INTO entries SELECT * FROM entries WHERE ledger_id = ${ledger} AND seq = 11`);
      await c.query('CREATE INDEX tampered_entries ON entries (ledger_id, seq)');
    });
    try {
      expect(places(await verify(ledger))).toEqual(['sequence_duplicate@11']);
    } finally {
      await tamper(db, ledger, async (c) => {
        await c.query(`DELETE FROM entries WHERE ledger_id = ${ledger} AND seq = 11`);
        await c.query('DROP INDEX tampered_entries');
        await c.query(
          'ALTER TABLE entries ADD PRIMARY KEY (ledger_id, seq), ADD CONSTRAINT entries_ledger_id_id_key UNIQUE (ledger_id, id)',
        );
      });
    }
  });
});

describe('the list of conversations', () => {
  const change = (what: string) =>
    tamper(db, ledger, (c) => c.query(`UPDATE conversations SET ${what} WHERE ledger_id = ${ledger} AND conversation_id = 'conv-2'`));

  it.each([
    ['record_count', 'record_count = 4'],
    ['first_seq', 'first_seq = 9'],
    ['last_seq', 'last_seq = 11'],
    ['first_at', `first_at = first_at - interval '1 year'`],
    ['last_at', `last_at = last_at + interval '1 ms'`],
    ['first_at', `first_at = '-infinity'`],
    ['last_at', `last_at = 'infinity'`],
    ['agent_name', `agent_name = 'nobody'`],
    ['user_id', 'user_id = NULL'],
    ['subject_id', `subject_id = 'S-9'`],
    ['classification', 'classification = 0'],
    ['agent_seq_max', 'agent_seq_max = 1'],
    ['agent_seq_count', 'agent_seq_count = 9'],
    ['agent_seqs', `agent_seqs = '{[1,10)}'`],
    ['agent_seqs', 'agent_seqs = NULL'],
    ['has_gap', 'has_gap = false'],
    ['ended', 'ended = false'],
  ])('forged in %s is found, by the ledger’s run and the conversation’s', async (field, what) => {
    await change(what);
    for (const scope of [{ kind: 'ledger' }, { kind: 'conversation', conversation_id: 'conv-2' }] as const) {
      const run = await verify(ledger, scope);
      expect([run.verdict, run.breaks_total]).toEqual(['tampered', 1]);
      expect(run.breaks[0].code).toBe('projection_altered');
      expect(run.breaks[0].expected).toMatch(`conversations conv-2 ${field}: `);
      expect(run.breaks[0].found).toMatch(`conversations conv-2 ${field}: `);
    }
  });

  it('and a record’s column in a time that no calendar has are found, and end no run', async () => {
    await tamper(db, ledger, (c) =>
      c.query(
        `UPDATE records SET occurred_at = 'infinity' WHERE ledger_id = ${ledger} AND conversation_id = 'conv-2' AND conversation_seq = 2`,
      ),
    );
    for (const scope of [{ kind: 'ledger' }, { kind: 'conversation', conversation_id: 'conv-2' }] as const) {
      const run = await verify(ledger, scope);
      expect(run.verdict).toBe('tampered');
      expect(run.breaks.map((b) => b.found)).toContainEqual(expect.stringContaining('infinity'));
    }
  });

  it('from which a conversation was taken, or to which one was added, is found', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query(`UPDATE conversations SET conversation_id = 'conv-3' WHERE ledger_id = ${ledger} AND conversation_id = 'conv-2'`);
    });
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(run.breaks.map((b) => `${b.expected} → ${b.found}`).sort()).toEqual([
      'conversations conv-2: 5 records → conversations conv-2: (none)',
      'conversations conv-3: (none) → conversations conv-3: 5 records',
    ]);
    expect((await verify(ledger, { kind: 'conversation', conversation_id: 'conv-2' })).verdict).toBe('tampered');
    expect((await verify(ledger, { kind: 'conversation', conversation_id: 'conv-3' })).verdict).toBe('tampered');
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MissingNumbers } from '@/lib/chain/verify-conversations';
import { closeDatabase, pool } from '@/lib/db';
import { appendRecord, appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { agentRecord, emptyLedger, places, rehash, tamper, variedLedger, variedRecords, verify } from '@/lib/testing/tamper-ledger';
import { verifySummaries } from './verify-summaries';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

describe('no false alarm', () => {
  it('on a ledger with records of every kind, by any scope', async () => {
    const ledger = await variedLedger(db);
    const run = await verify(ledger);
    expect([places(run), run.verdict, run.records_checked, run.head?.seq]).toEqual([[], 'valid', 20, '19']);
    for (const conversation_id of ['conv-1', 'conv-2']) {
      const conversation = await verify(ledger, { kind: 'conversation', conversation_id });
      expect([places(conversation), conversation.verdict]).toEqual([[], 'valid']);
    }
    const conversation = await verify(ledger, { kind: 'conversation', conversation_id: 'conv-2' });
    expect([conversation.records_checked, conversation.head?.seq]).toEqual([5, '12']);
    for (const [from, to, count] of [
      ['0', '0', 1],
      ['0', '19', 20],
      ['7', '12', 6],
      ['19', '19', 1],
      ['15', '4000', 5],
    ] as const) {
      const range = await verify(ledger, { kind: 'range', from, to });
      expect([places(range), range.verdict, range.records_checked]).toEqual([[], 'valid', count]);
    }
    expect((await verify(ledger, { kind: 'range', from: '20', to: '30' })).verdict).toBe('empty');
    // Heads of all those runs are behind it now.
    expect((await verify(ledger)).verdict).toBe('valid');
  });

  it('on an empty ledger, and on one that was empty at the last run', async () => {
    const ledger = await emptyLedger(db);
    const run = await verify(ledger);
    expect([run.verdict, run.records_checked, run.head, run.breaks_total]).toEqual(['empty', 0, null, 0]);
    await appendRecords(ledger, variedRecords());
    expect((await verify(ledger)).verdict).toBe('valid');
  });

  it('on the access ledger', async () => {
    await appendRecords(db.ledgers.access, variedRecords().slice(17, 19));
    expect((await verify(db.ledgers.access)).verdict).toBe('valid');
  });

  it('while 64 writers go on, run after run', async () => {
    const ledger = await emptyLedger(db);
    const conversations = Array.from({ length: 12 }, () => `live-${randomUUID()}`);
    let stop = false;
    let sent = 0;
    const write = async (w: number) => {
      for (let i = 0; !stop; i++) {
        const conversation_id = i % 7 === 0 ? `new-${w}-${i}` : conversations[(w + i) % 12];
        await appendRecord(ledger, agentRecord({ conversation_id, agent_seq: i + 1, actor_type: w % 2 ? 'user' : 'agent' }));
        sent++;
      }
    };
    const look = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (let round = 0; round < 4; round++) {
        const run = await verify(ledger);
        expect([places(run), run.verdict]).toEqual([[], 'valid']);
        const conversation = await verify(ledger, { kind: 'conversation', conversation_id: conversations[round] });
        expect([places(conversation), conversation.verdict]).toEqual([[], 'valid']);
      }
    };
    // The writers end whatever the verifier found: none may be left to write into the next test.
    const looked = look().finally(() => {
      stop = true;
    });
    await Promise.all([looked, ...Array.from({ length: 64 }, (_, w) => write(w))]);
    const run = await verify(ledger);
    expect([places(run), run.verdict, run.records_checked]).toEqual([[], 'valid', sent]);
  });

  // A page of one record costs a query a record; a list of 240 has every edge that one of 2,000 has.
  it.each([
    { pages: [1, 7], many: 120 },
    { pages: [7, 100, 300], many: 1000 },
  ])('across many pages of the list, of $pages records, while it grows', async ({ pages, many }) => {
    const ledger = await emptyLedger(db);
    const write = (names: (i: number) => string, count: number) =>
      appendRecords(
        ledger,
        Array.from({ length: count }, (_, i) => agentRecord({ conversation_id: names(i), agent_seq: i + 1 })),
      );
    await write((i) => `a-${i % 97}`, many);
    // One conversation longer than a page, and others before and behind it.
    await write(() => 'b-long', many / 2);
    await write((i) => (i % 2 ? 'b-long' : `c-${i % 31}`), many / 2);
    const found: string[] = [];
    const grow = async () => {
      for (let i = 0; i < 80; i++)
        await appendRecord(ledger, agentRecord({ conversation_id: `${['a', 'b', 'b-long', 'c', 'z'][i % 5]}-${i}` }));
    };
    const look = async () => {
      for (const page of pages)
        await verifySummaries({
          ledgerId: ledger,
          missing: new MissingNumbers(),
          page,
          onBreaks: (breaks) => found.push(...breaks.map((b) => `${b.code} ${b.expected} ${b.found}`)),
        });
    };
    await Promise.all([grow(), look()]);
    expect(found).toEqual([]);
  });
});

describe('over the end of a block of 262,144 positions', () => {
  /** A ledger whose first entry stands at `seq`, as if what was before had been there and gone. */
  async function ledgerFrom(seq: number): Promise<number> {
    const ledger = await emptyLedger(db);
    await appendRecords(ledger, [agentRecord({ conversation_id: 'before' })]);
    await tamper(db, ledger, async (c) => {
      await c.query('SELECT ensure_record_block($1, $2)', [ledger, Math.floor(seq / 262_144)]);
      await c.query(`UPDATE entries SET seq = ${seq} WHERE ledger_id = ${ledger}`);
      await c.query(`UPDATE records SET seq = ${seq} WHERE ledger_id = ${ledger}`);
      await c.query(`UPDATE conversations SET first_seq = ${seq}, last_seq = ${seq} WHERE ledger_id = ${ledger}`);
      const { rows } = await c.query('SELECT previous_hash FROM entries WHERE ledger_id = $1', [ledger]);
      await c.query(
        'INSERT INTO entries SELECT ledger_id, $2::bigint - 1, gen_random_uuid(), received_at_us, 0, body_hash, submitted, $3, $3 FROM entries WHERE ledger_id = $1',
        [ledger, seq, rows[0].previous_hash],
      );
      await rehash(c, ledger, seq, seq);
      await c.query('DELETE FROM entries WHERE ledger_id = $1 AND seq = $2', [ledger, seq - 1]);
    });
    return ledger;
  }

  it.each([262_144, 65_536, 524_288])('positions around %i verify', async (edge) => {
    const ledger = await ledgerFrom(edge - 700);
    for (let i = 0; i < 3; i++)
      await appendRecords(
        ledger,
        Array.from({ length: 499 }, (_, k) => agentRecord({ conversation_id: `c-${k % 9}` })),
      );
    const { rows } = await pool('verification').query('SELECT max(seq) AS head FROM entries WHERE ledger_id = $1', [ledger]);
    expect(Number(rows[0].head)).toBe(edge - 700 + 1497);
    const range = await verify(ledger, { kind: 'range', from: String(edge - 699), to: String(edge + 796) });
    expect([places(range), range.verdict, range.records_checked]).toEqual([[], 'valid', 1496]);
    const conversation = await verify(ledger, { kind: 'conversation', conversation_id: 'c-3' });
    expect([places(conversation).slice(0, 3), conversation.verdict]).toEqual([[], 'valid']);
    // What is broken on either side of the edge is found there and only there.
    await tamper(db, ledger, (c) =>
      c.query(`UPDATE entries SET previous_hash = sha256('x') WHERE ledger_id = ${ledger} AND seq = ${edge}`),
    );
    expect(places(await verify(ledger, { kind: 'range', from: String(edge - 699), to: String(edge + 796) }))).toEqual([
      `link_broken@${edge}`,
      `hash_mismatch@${edge}`,
    ]);
    await tamper(db, ledger, (c) => c.query(`DELETE FROM entries WHERE ledger_id = ${ledger} AND seq BETWEEN ${edge - 2} AND ${edge + 1}`));
    const gap = await verify(ledger, { kind: 'range', from: String(edge - 699), to: String(edge + 796) });
    expect(places(gap).filter((p) => p.startsWith('sequence_gap'))).toEqual([`sequence_gap@${edge - 2}`, `sequence_gap@${edge}`]);
    expect(places(gap).filter((p) => !p.startsWith('sequence_gap'))).toEqual([-2, -1, 0, 1].map((d) => `entry_missing@${edge + d}`));
  });

  it('a leaf that was dropped leaves its bodies missing', async () => {
    const ledger = await ledgerFrom(262_144 - 5);
    await appendRecords(
      ledger,
      Array.from({ length: 10 }, () => agentRecord()),
    );
    await asAdmin(db.adminUrl, (c) => c.query(`DROP TABLE records_l${ledger}_b1`).then(() => {}));
    const run = await verify(ledger, { kind: 'range', from: String(262_144 - 4), to: String(262_144 + 5) });
    expect([run.verdict, places(run)]).toEqual(['incomplete', [0, 1, 2, 3, 4, 5].map((d) => `body_missing@${262_144 + d}`)]);
  });
});

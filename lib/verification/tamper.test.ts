import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { places, rehash, tamper, variedLedger, verify } from '@/lib/testing/tamper-ledger';

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

const edit = (table: string, seq: number, change: string) =>
  tamper(db, ledger, (c) => c.query(`UPDATE ${table} SET ${change} WHERE ledger_id = ${ledger} AND seq = ${seq}`));

describe('an administrator who edits', () => {
  it('a body is found at that place, with what the chain says and what is there', async () => {
    await edit('records', 4, `body = convert_to(replace(convert_from(body, 'UTF8'), 'P-1', 'P-2'), 'UTF8')`);
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(places(run)).toEqual(['body_altered@4']);
    const [found] = run.breaks;
    const entry = await prisma().entry.findFirstOrThrow({ where: { ledger_id: ledger, seq: 4 } });
    expect(found.expected).toBe(Buffer.from(entry.body_hash).toString('hex'));
    expect(found.found).toMatch(/^[0-9a-f]{64}$/);
    expect(run.broken_at_record).toBe(entry.id);
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' }))).toEqual(['body_altered@4']);
    expect(places(await verify(ledger, { kind: 'range', from: '4', to: '4' }))).toEqual(['body_altered@4']);
    expect((await verify(ledger, { kind: 'range', from: '5', to: '19' })).verdict).toBe('valid');
  });

  it('a body into something that is no record, or nothing, is found', async () => {
    await edit('records', 13, `body = ''`);
    await edit('records', 14, `body = '\\xff00fe'`);
    expect(places(await verify(ledger))).toEqual(['body_altered@13', 'body_altered@14']);
  });

  it.each([
    ['id', `id = '00000000-0000-4000-8000-000000000001'`],
    ['occurred_at', `occurred_at = occurred_at + interval '1 ms'`],
    ['action', `action = 'data_accessed'`],
    ['actor_id', `actor_id = 'somebody-else'`],
    ['actor_type', `actor_type = 'admin'`],
    ['conversation_id', `conversation_id = 'conv-9'`],
    ['conversation_id', 'conversation_id = NULL'],
    ['conversation_seq', 'conversation_seq = conversation_seq + 40'],
    ['agent_name', `agent_name = 'another'`],
    ['agent_name', 'agent_name = NULL'],
    ['resource_type', `resource_type = 'invoice'`],
    ['resource_id', `resource_id = 'P-2'`],
    ['resource_id', 'resource_id = NULL'],
    ['subject_id', `subject_id = 'S-2'`],
    ['subject_id', `subject_id = ''`],
    ['outcome', `outcome = 'failure'`],
    ['outcome', 'outcome = NULL'],
    ['classification', 'classification = 0'],
    ['classification', 'classification = NULL'],
    ['classification', 'classification = 77'],
    ['tool', `tool = 'another'`],
    ['tool', 'tool = NULL'],
    ['model', `model = 'm-1'`],
    ['domains', `domains = 'hipaa'`],
    ['domains', `domains = 'hipaa,soc2,soc2'`],
    ['domains', `domains = 'soc2,hipaa'`],
    ['domains', 'domains = NULL'],
    ['phi', 'phi = true'],
  ])('the column %s (%s) is found, with the field named', async (field, change) => {
    await edit('records', 5, change);
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    const found = run.breaks.find((b) => b.seq === '5' && b.code === 'projection_altered' && b.expected.startsWith(`${field}: `));
    expect(found).toBeDefined();
    expect(found!.found.startsWith(`${field}: `)).toBe(true);
    expect(found!.found).not.toBe(found!.expected);
    // Whatever else is told follows from it: the list and the order of conversations are made from columns.
    for (const other of run.breaks) expect(['projection_altered', 'conversation_gap']).toContain(other.code);
  });

  it('a column that was empty into something is found', async () => {
    await edit(
      'records',
      13,
      `conversation_id = 'conv-1', subject_id = 'S-1', resource_type = 'x', outcome = 'success', tool = 'x', domains = '', phi = true`,
    );
    const run = await verify(ledger);
    const fields = run.breaks.filter((b) => b.seq === '13' && b.code === 'projection_altered').map((b) => `${b.expected} → ${b.found}`);
    expect(fields).toEqual([
      'conversation_id: (none) → conversation_id: conv-1',
      'resource_type: (none) → resource_type: x',
      'subject_id: (none) → subject_id: S-1',
      'outcome: (none) → outcome: success',
      'tool: (none) → tool: x',
      'domains: (none) → domains: ',
      'phi: false → phi: true',
    ]);
  });

  it('a column into the escaped spelling of its value, which is how the body’s bytes have it, is found', async () => {
    await edit('records', 9, `resource_id = 'a\\"b\\\\c/<x>'`);
    const run = await verify(ledger);
    expect(run.breaks).toMatchObject([{ seq: '9', expected: 'resource_id: a"b\\c/<x>', found: 'resource_id: a\\"b\\\\c/<x>' }]);
  });

  it.each([
    ['received_at_us', 'received_at_us = received_at_us + 1', ['hash_mismatch@6']],
    ['received_at_us', 'received_at_us = 0', ['hash_mismatch@6', 'time_reversed@6']],
    ['received_at_us', 'received_at_us = -1', ['hash_mismatch@6', 'time_reversed@6']],
    ['conversation_seq', 'conversation_seq = 70', ['hash_mismatch@6', 'projection_altered@6']],
    ['body_hash', 'body_hash = sha256(body_hash)', ['hash_mismatch@6', 'body_altered@6']],
    ['previous_hash', 'previous_hash = sha256(previous_hash)', ['link_broken@6', 'hash_mismatch@6']],
    ['integrity_hash', 'integrity_hash = sha256(integrity_hash)', ['hash_mismatch@6', 'link_broken@7']],
    ['submitted', 'submitted = sha256(submitted)', ['projection_altered@6']],
    ['id', `id = '00000000-0000-4000-8000-000000000001'`, ['projection_altered@6']],
    [
      'seq',
      'seq = 600',
      ['sequence_gap@6', 'entry_missing@6', 'sequence_gap@20', 'hash_mismatch@600', 'body_missing@600', 'time_reversed@600'],
    ],
  ])('the header %s (%s) is found', async (_, change, expected) => {
    await edit('entries', 6, change);
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(places(run)).toEqual(expected);
  });

  it('a header that belongs to a conversation is found by verifying that conversation', async () => {
    await edit('entries', 6, 'received_at_us = received_at_us + 1');
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' }))).toEqual(['hash_mismatch@6']);
    await edit('entries', 5, 'integrity_hash = sha256(integrity_hash)');
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' }))).toEqual([
      'hash_mismatch@5',
      'link_broken@6',
      'hash_mismatch@6',
    ]);
  });
});

describe('an administrator who takes away', () => {
  const remove = (table: string, where: string) =>
    tamper(db, ledger, (c) => c.query(`DELETE FROM ${table} WHERE ledger_id = ${ledger} AND ${where}`));

  it('a record leaves an incomplete ledger, whose chain still holds', async () => {
    await remove('records', 'seq = 5');
    const run = await verify(ledger);
    expect([run.verdict, places(run)]).toEqual(['incomplete', ['body_missing@5']]);
  });

  it('the first, the last and all records of a conversation: each missing body is told, and nothing else', async () => {
    await remove('records', 'seq IN (0, 7)');
    expect(places(await verify(ledger))).toEqual(['body_missing@0', 'body_missing@7']);
    await remove('records', `seq BETWEEN 8 AND 12`);
    const run = await verify(ledger);
    expect([run.verdict, run.breaks_total]).toEqual(['incomplete', 7]);
    expect(run.breaks.every((b) => b.code === 'body_missing')).toBe(true);
  });

  it('an entry is found as a gap, and its record as one that nothing vouches for', async () => {
    await remove('entries', 'seq = 5');
    const run = await verify(ledger);
    expect([run.verdict, places(run)]).toEqual(['tampered', ['sequence_gap@5', 'entry_missing@5']]);
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' }))).toEqual([
      'entry_missing@5',
      'sequence_gap@5',
    ]);
  });

  it('an entry with its record is found as a gap, in the ledger and in the conversation', async () => {
    await remove('entries', 'seq IN (3, 4)');
    await remove('records', 'seq IN (3, 4)');
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(run.breaks[0]).toMatchObject({ code: 'sequence_gap', seq: '3', expected: '3 … 4 (2 entries)' });
    expect(places(run)).toContain('conversation_gap@5');
    const conversation = await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' });
    expect(conversation.verdict).toBe('tampered');
    expect(conversation.breaks).toContainEqual(
      expect.objectContaining({ seq: '5', code: 'conversation_gap', expected: 'conv-1 4', found: 'conv-1 6' }),
    );
  });

  it('the first entry is found', async () => {
    await remove('entries', 'seq = 0');
    expect(places(await verify(ledger))).toEqual(['sequence_gap@0', 'entry_missing@0']);
  });

  it('all entries leaves no empty ledger, but records that nothing vouches for', async () => {
    await remove('entries', 'true');
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(run.breaks.filter((b) => b.code === 'entry_missing').length).toBe(20);
  });

  it('the end of the ledger is found against what an earlier run had seen', async () => {
    expect((await verify(ledger)).verdict).toBe('valid');
    const cut = async (from: number) => {
      await remove('entries', `seq >= ${from}`);
      await remove('records', `seq >= ${from}`);
    };
    await cut(18);
    const run = await verify(ledger);
    expect([run.verdict, places(run)]).toEqual(['tampered', ['tail_truncated@19']]);
    expect(run.breaks[0].found).toBe('the ledger ends at 17');
    await cut(0);
    const empty = await verify(ledger);
    expect(empty.verdict).toBe('tampered');
    expect(places(empty)).toEqual(expect.arrayContaining(['tail_truncated@17', 'tail_truncated@19']));
  });

  it('known limit: the end of a ledger that nobody had verified is not missed, until there are checkpoints', async () => {
    // Records of no conversation: else the list of conversations tells.
    await remove('entries', 'seq >= 18');
    await remove('records', 'seq >= 18');
    expect((await verify(ledger)).verdict).toBe('valid');
  });
});

describe('an administrator who rearranges', () => {
  it('two bodies is found at both places', async () => {
    await tamper(db, ledger, (c) =>
      c.query(
        `UPDATE records r SET body = o.body FROM records o WHERE r.ledger_id = ${ledger} AND o.ledger_id = ${ledger} AND (r.seq, o.seq) IN ((2, 3), (3, 2))`,
      ),
    );
    expect(places(await verify(ledger))).toEqual(['body_altered@2', 'body_altered@3']);
  });

  it('two entries is found at both places and where they meet the rest', async () => {
    await tamper(db, ledger, async (c) => {
      for (const [a, b] of [
        [2, 900],
        [13, 2],
        [900, 13],
      ])
        await c.query(`UPDATE entries SET seq = ${b} WHERE ledger_id = ${ledger} AND seq = ${a}`);
    });
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(places(run)).toEqual(
      expect.arrayContaining([
        'link_broken@2',
        'hash_mismatch@2',
        'body_altered@2',
        'link_broken@3',
        'link_broken@13',
        'hash_mismatch@13',
        'link_broken@14',
      ]),
    );
    expect(new Set(run.breaks.map((b) => b.seq))).toEqual(new Set(['2', '3', '13', '14']));
  });

  it('a part, hashed anew, is found where it meets the rest', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query(
        `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), 'P-1', 'P-2'), 'UTF8'), resource_id = 'P-2' WHERE ledger_id = ${ledger} AND seq = 4`,
      );
      await rehash(c, ledger, 4, 9);
    });
    const run = await verify(ledger);
    expect([run.verdict, places(run)]).toEqual(['tampered', ['link_broken@10']]);
    expect(run.breaks[0].expected).not.toBe(run.breaks[0].found);
  });

  it('everything to the end, hashed anew, is found against what an earlier run had seen', async () => {
    const before = await verify(ledger);
    expect(before.verdict).toBe('valid');
    await tamper(db, ledger, async (c) => {
      await c.query(
        `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), 'P-1', 'P-2'), 'UTF8'), resource_id = 'P-2' WHERE ledger_id = ${ledger} AND seq = 4`,
      );
      await rehash(c, ledger, 4, 19);
    });
    const run = await verify(ledger);
    expect([run.verdict, places(run)]).toEqual(['tampered', ['head_changed@19']]);
    expect(run.breaks[0].expected).toBe(`${before.head!.integrity_hash} (verification ${before.id})`);
    expect(run.breaks[0].found).toBe(run.head!.integrity_hash);
    expect(places(await verify(ledger, { kind: 'range', from: '10', to: '19' }))).toContain('head_changed@19');
  });

  it('known limit: a ledger that nobody had verified, hashed anew to its end, agrees with itself, until there are checkpoints', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query(
        `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), 'P-1', 'P-2'), 'UTF8'), resource_id = 'P-2' WHERE ledger_id = ${ledger} AND seq = 4`,
      );
      await rehash(c, ledger, 4, 19);
    });
    expect((await verify(ledger)).verdict).toBe('valid');
  });

  it('another origin under the ledger is found at its first entry', async () => {
    await tamper(db, ledger, async (c) => {
      await c.query('ALTER TABLE ledgers DISABLE TRIGGER USER');
      await c.query(`UPDATE ledgers SET origin = 'evil.example/x' WHERE id = ${ledger}`);
      await c.query('ALTER TABLE ledgers ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
    });
    expect(places(await verify(ledger))).toEqual(['link_broken@0']);
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: 'conv-1' }))).toEqual(['link_broken@0']);
  });
});

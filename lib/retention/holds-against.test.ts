import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, pool, prisma, readCommitted } from '@/lib/db';
import { appendRecords } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';

let people: [string, string];
openArchive();
beforeAll(async () => {
  const [one, two] = [await makeViewer({}), await makeViewer({})];
  people = [one.person.id, two.person.id];
});

const SOURCE = { key_id: randomUUID(), channel: 'api' } as const;
const sql = async <T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> =>
  asAdmin(db.adminUrl, async (c) => (await c.query(text, values)).rows as T[]);
interface Scope {
  kind: string;
  value?: string;
  type?: string;
  from?: string;
  to?: string;
}
const place = async (ledger: number, { kind, value = '', type, from, to }: Scope): Promise<string> => {
  const [made] = await sql<{ id: string }>(
    `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, reason, placed_by)
     VALUES ($1, 'm', $2, $3, $4, $5, $6, 'r', 'ada') RETURNING id`,
    [ledger, kind, value, type ?? null, from ?? null, to ?? null],
  );
  return made!.id;
};
async function release(id: string): Promise<void> {
  await sql(
    `UPDATE legal_holds SET release_asked_by = 'x', release_asked_by_id = $2, release_asked_at = now(), release_asked_reason = 'r' WHERE id = $1`,
    [id, people[0]],
  );
  await sql(`UPDATE legal_holds SET released_by = 'y', released_by_id = $2, released_at = now(), release_reason = 'r' WHERE id = $1`, [
    id,
    people[1],
  ]);
}
const keepKey = (ledger: number, over: { conversation?: string; record?: string; subject: string }) =>
  sql(
    `INSERT INTO content_keys (ledger_id, id, conversation_id, record_id, subject_id, kek_id, wrapped, commitment) VALUES ($1, $2, $3, $4, $5, 'k', $6, $7)`,
    [ledger, randomUUID(), over.conversation ?? '', over.record ?? null, over.subject, randomBytes(60), randomBytes(32)],
  );
const against = async (ledger: number, kind: string, value: string) =>
  (await sql<{ hold: string }>('SELECT hold FROM holds_against($1, $2, $3) AS hold', [ledger, kind, value])).map(({ hold }) => hold);
const shred = (ledger: number, kind: string, value: string) =>
  asAdmin(db.appUrl, (c) => c.query(`SELECT shred_content($1, $2, $3, $4, 'a', 'r', 'x')`, [randomUUID(), ledger, kind, value])).then(
    () => 'shredded',
    (error: { code: string }) => error.code,
  );
const heldPositions = async (ledger: number, seqs: number[]) =>
  (await sql<{ seq: string }>('SELECT DISTINCT seq FROM held_positions($1, $2) ORDER BY 1', [ledger, seqs])).map(({ seq }) => Number(seq));
const leave = (ledger: LedgerRow, which?: (seq: bigint) => boolean) =>
  archive(ledger, folderStore(ledger.slug), { due: everythingDue(which) });

const ALONE = randomUUID();
const on = (part: string, day: string, over: Partial<RecordInput> = {}) => ({
  actor_id: `actor-${part}`,
  agent_name: `agent-${part}`,
  resource_type: 'chart',
  resource_id: `R-${part}`,
  timestamp: `${day}T10:00:00.000Z`,
  ...over,
});
/** A conversation about two people, with a key for the words about the second; and a record of none, with a key of its own. */
const RECORDS = () => [
  agentRecord(on('talk', '2018-05-05', { conversation_id: 'talk', subject_id: 'P-first' })),
  agentRecord(on('other', '2018-05-06', { conversation_id: 'talk', subject_id: 'P-words' })),
  agentRecord(on('none', '2017-07-01', { subject_id: 'P-none' })),
  agentRecord(on('alone', '2017-07-07', { id: ALONE, subject_id: 'P-alone' })),
  agentRecord(on('none', '2017-07-09', { subject_id: 'P-none' })),
];
const TALK: [string, Scope][] = [
  ['conversation', { kind: 'conversation', value: 'talk' }],
  ['subject', { kind: 'subject', value: 'P-words' }],
  ['another subject', { kind: 'subject', value: 'P-first' }],
  ['resource', { kind: 'resource', type: 'chart', value: 'R-talk' }],
  ['actor', { kind: 'actor', value: 'actor-talk' }],
  ['agent', { kind: 'agent', value: 'agent-talk' }],
  ['time', { kind: 'time', from: '2018-05-05', to: '2018-05-05' }],
];
const OF_ALONE: [string, Scope][] = [
  ['subject', { kind: 'subject', value: 'P-alone' }],
  ['resource', { kind: 'resource', type: 'chart', value: 'R-alone' }],
  ['actor', { kind: 'actor', value: 'actor-alone' }],
  ['agent', { kind: 'agent', value: 'agent-alone' }],
  ['time', { kind: 'time', from: '2017-07-07', to: '2017-07-07' }],
];
const SHREDDINGS = [
  ['conversation', 'talk', TALK],
  ['subject', 'P-words', TALK],
  ['subject', 'P-alone', OF_ALONE],
] as const;

describe.each(['hot', 'archived'])('a hold wins over shredding: %s', (where) => {
  let ledger: LedgerRow;
  beforeAll(async () => {
    ledger = await newLedger(RECORDS());
    if (where === 'archived') {
      expect(await leave(ledger)).toMatchObject({ pruned: 5 });
      // A segment has the days of all in it: that of the record lies apart from the conversation's.
    }
    await keepKey(ledger.id, { conversation: 'talk', subject: 'P-words' });
    await keepKey(ledger.id, { record: ALONE, subject: 'P-alone' });
  });
  const rows = SHREDDINGS.flatMap(([kind, value, reached]) =>
    [
      ...TALK.map(([name, scope]) => [`the conversation, by ${name}`, scope] as const),
      ...OF_ALONE.map(([name, scope]) => [`the record alone, by ${name}`, scope] as const),
    ].map(([name, scope]) => [`${kind} ${value}`, name, kind, value, scope, reached.some(([, one]) => one === scope)] as const),
  );
  it.each(rows)('shredding %s under a hold on %s', async (_shredding, _hold, kind, value, scope, refused) => {
    const id = await place(ledger.id, scope);
    const found = await against(ledger.id, kind, value);
    if (refused) {
      expect(found).toEqual([id]);
      expect(await shred(ledger.id, kind, value)).toBe('HF011');
    } else if (where === 'hot' || scope.kind !== 'time') expect(found).toEqual([]);
    await release(id);
    expect(await against(ledger.id, kind, value)).toEqual([]);
  });

  it('on the day on which they were recorded nothing is shredded', async () => {
    const [row] = await sql<{ day: string }>('SELECT day_recorded(received_at_us)::text AS day FROM entries WHERE ledger_id = $1 LIMIT 1', [
      ledger.id,
    ]);
    const id = await place(ledger.id, { kind: 'time', from: row!.day, to: row!.day });
    for (const [kind, value] of SHREDDINGS) expect(await shred(ledger.id, kind, value)).toBe('HF011');
    await release(id);
    for (const [kind, value] of SHREDDINGS) expect(await against(ledger.id, kind, value)).toEqual([]);
  });
});

describe('a hold on a person reaches a conversation of which any record names them', () => {
  const talk = (subject?: string, over: Partial<RecordInput> = {}) =>
    agentRecord({ conversation_id: 'talk', ...(subject !== undefined && { subject_id: subject }), ...over });
  it('whoever was named first, and records that name nobody', async () => {
    const { id } = await newLedger([talk('dummy'), talk('B'), talk(), agentRecord({ conversation_id: 'else', subject_id: 'dummy' })]);
    await place(id, { kind: 'subject', value: 'B' });
    expect(await heldPositions(id, [0, 1, 2, 3])).toEqual([0, 1, 2]);
    await expect(against(id, 'conversation', 'talk')).resolves.toHaveLength(1);
    await expect(against(id, 'conversation', 'else')).resolves.toHaveLength(0);
  });

  it('also where the record that names them comes later, in batches of one too, and is counted so', async () => {
    const ledger = await newLedger([talk('dummy'), talk(), agentRecord({ conversation_id: 'nobody' })]);
    const hold = await place(ledger.id, { kind: 'subject', value: 'B' });
    const count = async () => {
      while ((await countRetention(ledger.id))?.caughtUp !== true);
      const [row] = await sql<{ n: string }>(
        `SELECT coalesce(sum(c.count), 0) AS n FROM retention_counts c, legal_holds h WHERE c.ledger_id = $1 AND h.id = $2 AND h.mark = ANY (c.marks)`,
        [ledger.id, hold],
      );
      return Number(row!.n);
    };
    expect(await count()).toBe(0);
    await appendRecords(ledger.id, [prepareAgentRecord(talk('B'), SOURCE)]);
    expect(await heldPositions(ledger.id, [0, 1, 2, 3])).toEqual([0, 1, 3]);
    expect(await count()).toBe(3);
    await appendRecords(ledger.id, [prepareAgentRecord(agentRecord({ conversation_id: 'nobody', subject_id: 'B' }), SOURCE)]);
    expect(await heldPositions(ledger.id, [0, 1, 2, 3, 4])).toEqual([0, 1, 2, 3, 4]);
    expect(await count()).toBe(5);
  });

  it('also what of it has left the database, before or after they were named', async () => {
    const ledger = await newLedger([talk('dummy'), talk('B'), talk(), talk('dummy', { conversation_id: 'late' })]);
    await leave(ledger);
    await appendRecords(ledger.id, [prepareAgentRecord(talk('C', { conversation_id: 'late' }), SOURCE)]);
    const held = async () => (await sql<{ n: string }>('SELECT DISTINCT archive_held($1) AS n', [ledger.id])).map(({ n }) => n);
    const reached = async () => (await sql<{ r: boolean }>('SELECT archive_reached($1, 1) AS r', [ledger.id]))[0]!.r;
    for (const [person, conversation] of [
      ['B', 'talk'],
      ['C', 'late'],
    ] as const) {
      expect([await held(), await reached()]).toEqual([[], false]);
      const id = await place(ledger.id, { kind: 'subject', value: person });
      expect([await held(), await reached()]).toEqual([['1'], true]);
      expect(await against(ledger.id, 'conversation', conversation)).toEqual([id]);
      const facts = JSON.stringify([
        { seq: 3, conversation_id: 'late', subject_id: 'dummy' },
        { seq: 2, conversation_id: 'talk' },
      ]);
      const over = await sql<{ seq: string }>(`SELECT seq FROM scopes_over_archived($1, $2)`, [ledger.id, facts]);
      expect(over).toEqual([{ seq: person === 'B' ? '2' : '3', mark: expect.anything(), use: 'hold' }].map(({ seq }) => ({ seq })));
      await release(id);
    }
  });
});

describe('what asks for holds sees each that was answered before', () => {
  it.each(['REPEATABLE READ', 'SERIALIZABLE'])(
    'at %s, which does not, nothing is pruned, planned, destroyed, placed or shredded',
    async (level) => {
      const { id } = await newLedger([agentRecord({ conversation_id: 'talk' })]);
      await keepKey(id, { conversation: 'talk', subject: '' });
      const c = new pg.Client({ connectionString: db.adminUrl });
      await c.connect();
      try {
        const [fence] = (await c.query('SELECT archive_lease($1, $2, 60000) AS fence', [id, randomUUID()])).rows;
        for (const call of [
          `shred_content(gen_random_uuid(), ${id}, 'conversation', 'talk', 'a', 'r', 'x')`,
          `archive_plan(${id}, ${fence.fence}, NULL, '{[0,1)}', now() + interval '1 year', 1, 'directory', '/x', 'x')`,
          `assert_unheld(${id}, '{0}'::bigint[])`,
          `destruction_object_free(${id}, 1)`,
          `lock_holds(${id})`,
        ]) {
          await c.query(`BEGIN ISOLATION LEVEL ${level}`);
          await c.query('SELECT FROM legal_holds');
          await expect(c.query(`SELECT ${call}`), call).rejects.toMatchObject({ code: 'HF027' });
          await c.query('ROLLBACK');
        }
      } finally {
        await c.end();
      }
    },
  );

  it('the product reads what is committed, whatever the database has as its default', async () => {
    const name = new URL(db.adminUrl).pathname.slice(1);
    await sql(`ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
    await closeDatabase();
    const shown = { transaction_isolation: 'read committed' };
    for (const one of ['ingest', 'verification', 'archive'] as const)
      expect((await pool(one).query('SHOW transaction_isolation')).rows).toEqual([shown]);
    expect(await prisma().$queryRaw`SHOW transaction_isolation`).toEqual([shown]);
    expect(new URL(readCommitted('postgresql://u:p@h/d?options=-c%20role%3Dx')).searchParams.get('options')).toBe(
      '-c role=x -c default_transaction_isolation=read\\ committed',
    );
    await sql(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
    await closeDatabase();
  });
});

it('a hold stands when it is placed: the application can neither make one that is released nor one whose release is asked for', async () => {
  const as = (columns: string, values: string) =>
    asAdmin(db.appUrl, (c) =>
      c.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by, ${columns}) VALUES ($1, 'm', 'conversation', 'x', 'r', 'a', ${values})`,
        [db.ledgers.main],
      ),
    );
  await expect(as('released_at, released_by', `now(), 'b'`)).rejects.toMatchObject({ code: '42501' });
  await expect(as('release_asked_by_id', `'${people[0]}'`)).rejects.toMatchObject({ code: '42501' });
  await expect(as('mark, number', '1, 77')).rejects.toMatchObject({ code: '42501' });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, pool } from '@/lib/db';
import { RecordFilter, readWholeFilter } from '@/lib/schema/filters';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { variedLedger } from '@/lib/testing/tamper-ledger';
import { closeAppenders } from './append-records';
import { boundedRead } from './bounded-read';
import { matcherOf } from './match-record';
import { projectBody } from './project-body';
import { searchRecords } from './search-records';
import { walkPositions } from './walk-positions';

/** One definition of a filter: a record matches by its body what it matches by its columns. */
let db: TestDatabase;
let ledger: number;
let rows: { seq: bigint; body: Buffer; id: string }[];
beforeAll(async () => {
  db = await freshDatabase();
  ledger = await variedLedger(db);
  const found = await pool('verification').query<{ seq: string; body: Buffer; id: string }>(
    'SELECT seq, body, id FROM records WHERE ledger_id = $1 ORDER BY seq',
    [ledger],
  );
  rows = found.rows.map((row) => ({ ...row, seq: BigInt(row.seq) }));
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const QUERIES = [
  'action=tool_invoked',
  'actor=claims-triage',
  'actor_type=user',
  'agent=claims-triage',
  'conversation=conv-1',
  'resource_type=file',
  'resource_type=patient_record&resource_id=P-1',
  'subject=S-1',
  'outcome=denied',
  'classification=public',
  'after=2026-11-20T12:00:10Z',
  'before=2026-11-20T12:00:10.000Z',
  'after=1970-01-01&before=2026-11-20T12:00:05Z',
  ...[
    'conv',
    '-conv',
    'P-',
    'S',
    '-claims',
    'tool:ehr.read',
    '-tool:ehr.read',
    'tool:reply model:m-1',
    'model:m-1',
    '-model:m-1',
    'domain:hipaa',
    'domain:hipaa domain:soc2',
    '-domain:gdpr',
    'has:phi',
    '-has:phi',
    'class:restricted',
    '-class:restricted',
    'resource:patient_record/P-1',
    'resource:patient_record/',
    'resource:P-1',
    'resource:file',
    '-resource:file',
    'outcome:success',
    '-outcome:success',
    '-actor:claims-triage',
    'before:2026-11-21',
    '-after:2026-11-21',
    '-subject:S-1 conversation:conv-2',
    '-conversation:conv-1',
    'agent:nobody',
  ].map((q) => new URLSearchParams({ q }).toString()),
];

async function bothWays(query: string): Promise<[bigint[], bigint[]]> {
  const read = readWholeFilter(RecordFilter, new URLSearchParams(query));
  if (!read.ok) throw new Error(`${query}: ${read.member}`);
  const filter = read.value;
  const { seqs } = await boundedRead((tx) =>
    walkPositions(tx, searchRecords({ id: ledger }, filter), { low: 0n, high: 1_000n, older: false }, 1_000),
  );
  const matches = matcherOf(filter);
  return [seqs, rows.filter(({ body }) => matches(projectBody(body)!)).map(({ seq }) => seq)];
}

describe('a filter finds the same records by their bodies as by their columns', () => {
  it.each(QUERIES)('%s', async (query) => {
    const [columns, bodies] = await bothWays(query);
    expect(bodies).toEqual(columns);
  });

  it('the beginning of an id, of whatever length', async () => {
    for (const length of [7, 8, 9, 13, 14, 24, 36])
      for (const text of [rows[3].id.slice(0, length), rows[3].id.slice(0, length).toUpperCase()]) {
        const [columns, bodies] = await bothWays(new URLSearchParams({ q: text }).toString());
        expect(bodies).toEqual(columns);
      }
    expect((await bothWays(`q=${rows[3].id}`))[1]).toEqual([3n]);
  });

  it('and not all find the same', async () => {
    const found = await Promise.all(QUERIES.map(async (query) => (await bothWays(query))[1].length));
    expect(new Set(found).size).toBeGreaterThan(7);
  });
});

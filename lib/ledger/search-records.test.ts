import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import type { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import type { RecordInput } from '@/lib/schema/record';
import { AGENT_ACTIONS, CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecords, closeAppenders } from './append-records';
import { boundedRead } from './bounded-read';
import { prepareAgentRecord } from './prepare-record';
import { type PageOfPositions, readPage } from './read-page';
import { searchConversations } from './search-conversations';
import { searchRecords } from './search-records';
import { countMatches } from './walk-positions';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]!;

let db: TestDatabase;
const sent: RecordInput[] = [];
const main = () => ({ id: db.ledgers.main });

function make(i: number): RecordInput {
  const h = (i * 2654435761) >>> 7;
  return {
    id: randomUUID(),
    timestamp: new Date(Date.UTC(2026, 10, 1 + (h % 20), h % 24)).toISOString(),
    action: pick(AGENT_ACTIONS, h),
    actor_id: pick(['ann', 'bob', "o'hara", 'a%b_c'], h >> 2).replace(/['%]/g, '-'),
    actor_type: pick(['user', 'agent', 'agent', 'admin', 'system'], h >> 3),
    agent_name: pick(['triage', 'claims'], h >> 4),
    data_classification: pick(CLASSIFICATIONS, h >> 5),
    ...(h % 7 === 0 ? {} : { conversation_id: `conv-${h % 23}` }),
    ...(h % 3 === 0 ? {} : { resource_type: pick(['patient_record', 'invoice'], h >> 1), resource_id: `R-${h % 9}` }),
    ...(h % 5 === 0 ? {} : { subject_id: `P-${h % 6}` }),
    ...(h % 4 === 0 ? {} : { outcome: pick(['success', 'failure', 'denied'] as const, h >> 6) }),
  };
}

beforeAll(async () => {
  db = await freshDatabase();
  for (let i = 0; i < 600; i++) sent.push(make(i));
  for (let i = 0; i < 600; i += 200) {
    await appendRecords(
      db.ledgers.main,
      sent.slice(i, i + 200).map((record) => prepareAgentRecord(record, SOURCE)),
    );
  }
  await appendRecords(
    db.ledgers.access,
    sent.slice(0, 50).map((record) => prepareAgentRecord({ ...record, id: randomUUID() }, SOURCE)),
  );
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** The filter's meaning, read straight from the bodies. */
function matches(record: RecordInput, filter: RecordFilter): boolean {
  const is = (wanted: string | undefined, have: string | undefined): boolean => wanted === undefined || wanted === have;
  return (
    is(filter.action, record.action) &&
    is(filter.actor, record.actor_id) &&
    is(filter.actor_type, record.actor_type) &&
    is(filter.agent, record.agent_name) &&
    is(filter.conversation, record.conversation_id) &&
    is(filter.resource_type, record.resource_type) &&
    is(filter.resource_id, record.resource_id) &&
    is(filter.subject, record.subject_id) &&
    is(filter.outcome, record.outcome) &&
    is(filter.classification, record.data_classification) &&
    (filter.after === undefined || Date.parse(record.timestamp) >= Date.parse(instantOf(filter.after))) &&
    (filter.before === undefined || Date.parse(record.timestamp) < Date.parse(instantOf(filter.before)))
  );
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const filters: fc.Arbitrary<RecordFilter> = fc.record({
  action: maybe(fc.constantFrom(...AGENT_ACTIONS)),
  actor: maybe(fc.constantFrom('ann', 'bob', 'o-hara', 'nobody', "x' OR '1'='1", 'a%')),
  actor_type: maybe(fc.constantFrom('user', 'agent', 'admin', 'system')),
  agent: maybe(fc.constantFrom('triage', 'claims')),
  conversation: maybe(fc.constantFrom('conv-1', 'conv-2', 'conv-none')),
  resource_type: maybe(fc.constantFrom('patient_record', 'invoice', '";--')),
  resource_id: maybe(fc.constantFrom('R-1', 'R-2')),
  subject: maybe(fc.constantFrom('P-1', 'P-2')),
  outcome: maybe(fc.constantFrom('success', 'failure', 'denied')),
  classification: maybe(fc.constantFrom(...CLASSIFICATIONS)),
  after: maybe(fc.constantFrom('2026-11-03', '2026-11-10T06:00Z')),
  before: maybe(fc.constantFrom('2026-11-12', '2026-11-10T06:00:00.001Z')),
});
/** Of the many filters of a draw at most three are kept, or nothing would ever match. */
const NAMES = ['action', 'actor', 'actor_type', 'agent', 'conversation', 'resource_type', 'resource_id', 'subject', 'outcome'] as const;
const fewFilters = fc
  .tuple(filters, fc.subarray([...NAMES, 'classification', 'after', 'before'] as const, { maxLength: 3 }))
  .map(([filter, kept]) => Object.fromEntries(kept.flatMap((name) => (filter[name] ? [[name, filter[name]]] : []))) as RecordFilter);

/** Every page from the newest to the oldest, or back. */
async function readAll(filter: RecordFilter, way: 'older' | 'newer', budget?: { steps: number; milliseconds: number }): Promise<bigint[]> {
  const seqs: bigint[] = [];
  let cursor: string | null = way === 'older' ? '600' : '0';
  for (let pages = 0; cursor !== null; pages++) {
    if (pages > 700) throw new Error('paging does not end');
    const at: { older: string } | { newer: string } = way === 'older' ? { older: cursor } : { newer: cursor };
    const page: PageOfPositions = await boundedRead((tx) => readPage(tx, searchRecords(main(), filter), at, 599n, budget));
    if (way === 'older') seqs.push(...page.seqs);
    else seqs.unshift(...page.seqs);
    cursor = page[way];
  }
  return seqs;
}

describe('filters of records', () => {
  it('find exactly what a reading of every body finds, in order of position, page after page, both ways, and count it', async () => {
    await fc.assert(
      fc.asyncProperty(fewFilters, async (filter) => {
        const expected = sent.flatMap((record, i) => (matches(record, filter) ? [BigInt(i)] : [])).reverse();
        expect(await readAll(filter, 'older')).toEqual(expected);
        // Strictly newer than position 0.
        expect(await readAll(filter, 'newer')).toEqual(expected.filter((seq) => seq > 0n));
        const total = await boundedRead((tx) => countMatches(tx, searchRecords(main(), filter), { low: 0n, high: 599n, older: true }));
        expect(total).toEqual({ count: expected.length, exact: true });
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  it('lose nothing where the budget ends a page early: its cursor continues where the search stopped', async () => {
    const filter: RecordFilter = { actor: 'bob', classification: 'restricted', outcome: 'denied' };
    const expected = sent.flatMap((record, i) => (matches(record, filter) ? [BigInt(i)] : [])).reverse();
    expect(expected.length).toBeGreaterThan(0);
    expect(await readAll(filter, 'older', { steps: 1, milliseconds: 1_000 })).toEqual(expected);
  });

  it('see one ledger alone', async () => {
    const total = await boundedRead((tx) =>
      countMatches(tx, searchRecords({ id: db.ledgers.access }, { agent: 'triage' }), { low: 0n, high: 49n, older: true }),
    );
    expect(total.count).toBe(sent.slice(0, 50).filter((record) => record.agent_name === 'triage').length);
  });
});

describe('filters of conversations', () => {
  it('find exactly the conversations whose records say so', async () => {
    const firsts = new Map<string, { seq: bigint; records: RecordInput[] }>();
    for (const [i, record] of sent.entries()) {
      if (record.conversation_id === undefined) continue;
      const known = firsts.get(record.conversation_id);
      if (known) known.records.push(record);
      else firsts.set(record.conversation_id, { seq: BigInt(i), records: [record] });
    }
    const all = [...firsts].sort(([, a], [, b]) => Number(b.seq - a.seq));
    const find = async (filter: Parameters<typeof searchConversations>[2]) =>
      boundedRead(async (tx) => (await readPage(tx, await searchConversations(tx, main(), filter), {}, 599n)).seqs);
    const rank = (records: RecordInput[]) => Math.max(...records.map((r) => CLASSIFICATIONS.indexOf(r.data_classification)));
    const start = (records: RecordInput[]) => Math.min(...records.map((r) => Date.parse(r.timestamp)));
    const expectSame = async (filter: Parameters<typeof searchConversations>[2], keep: (id: string, records: RecordInput[]) => boolean) =>
      expect(await find(filter), JSON.stringify(filter)).toEqual(
        all.filter(([id, { records }]) => keep(id, records)).map(([, { seq }]) => seq),
      );
    const ended = (records: RecordInput[]) => records.some((r) => r.action === 'conversation_ended');
    await expectSame({}, () => true);
    await expectSame({ agent: 'triage' }, (_, r) => r[0]!.agent_name === 'triage');
    await expectSame({ id: 'conv-1' }, (id) => id.startsWith('conv-1'));
    await expectSame({ id: 'conv-1', state: 'ended' }, (id, r) => id.startsWith('conv-1') && ended(r));
    await expectSame({ state: 'open' }, (_, r) => !ended(r));
    await expectSame({ classification: 'restricted' }, (_, r) => rank(r) === 3);
    await expectSame(
      { classification: 'restricted', agent: 'claims', state: 'ended' },
      (_, r) => rank(r) === 3 && r[0]!.agent_name === 'claims' && ended(r),
    );
    await expectSame({ before: '2026-11-03' }, (_, r) => start(r) < Date.UTC(2026, 10, 3));
    await expectSame(
      { after: '2026-11-02', agent: 'triage' },
      (_, r) => start(r) >= Date.UTC(2026, 10, 2) && r[0]!.agent_name === 'triage',
    );
    await expectSame({ subject: "P-1'; DROP TABLE x" }, () => false);
    await expectSame({ id: '%' }, () => false);
    await expectSame({ gaps: 'yes' }, () => false);
  });
});

import { hash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import type { RecordInput } from '@/lib/schema/record';
import { formatQuery, parseQuery, readResource, type Term, tokensOf } from '@/lib/schema/search-query';
import { AGENT_ACTIONS, CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecords, closeAppenders } from './append-records';
import { boundedRead } from './bounded-read';
import { prepareAgentRecord } from './prepare-record';
import { type PageOfPositions, readPage } from './read-page';
import { searchConversations } from './search-conversations';
import { searchRecords } from './search-records';
import { countMatches } from './walk-positions';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const COUNT = 600;
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]!;
const WORDS = ['insulin', 'dose', 'naïve', 'claim', 'refused'];
const tokenFor = (word: string) => hash('sha256', word, 'buffer').subarray(0, 8);
const TOKENS = new Map([...WORDS, 'never'].map((word) => [word, tokenFor(word)]));

let db: TestDatabase;
const sent: RecordInput[] = [];
/** What was said in record i. */
const said = (i: number) => WORDS.filter((_, k) => ((i * 2654435761) >>> (9 + k)) % 5 === 0);
const main = () => ({ id: db.ledgers.main });

function make(i: number): RecordInput {
  const h = (i * 2654435761) >>> 7;
  const details = {
    ...(h % 3 ? { tool: pick(['ehr.read', 'two words', 'x"y'], h >> 3) } : {}),
    ...(h % 4 ? {} : { model: pick(['m-1', 'm-2'], h >> 5) }),
    ...(h % 11 ? {} : { contains_phi: true }),
  };
  return {
    id: randomUUID(),
    timestamp: new Date(Date.UTC(2026, 10, 1 + (h % 20), h % 24)).toISOString(),
    action: pick(AGENT_ACTIONS, h),
    actor_id: pick(['ann', 'bob', 'o-hara', 'R-actor'], h >> 2),
    actor_type: pick(['user', 'agent', 'admin'], h >> 3),
    agent_name: pick(['triage', 'claims'], h >> 4),
    data_classification: pick(CLASSIFICATIONS, h >> 5),
    ...(h % 7 ? { conversation_id: `conv-${h % 23}` } : {}),
    ...(h % 3 ? { resource_type: pick(['patient_record', 'invoice', 'R-1'], h >> 1), resource_id: `R-${h % 13}` } : {}),
    ...(h % 5 ? { subject_id: `P-${h % 6}` } : {}),
    ...(h % 4 ? { outcome: pick(['success', 'failure', 'denied'] as const, h >> 6) } : {}),
    ...(h % 2 ? { domains: ['gdpr', 'hipaa', 'soc2', 'pci-dss'].filter((_, k) => (h >> k) % 2).concat('all') } : {}),
    details,
  };
}

beforeAll(async () => {
  db = await freshDatabase();
  for (let i = 0; i < COUNT; i++) sent.push(make(i));
  for (let i = 0; i < COUNT; i += 200)
    await appendRecords(
      db.ledgers.main,
      sent.slice(i, i + 200).map((record) => prepareAgentRecord(record, SOURCE)),
    );
  const pairs = sent.flatMap((_, i) => said(i).map((word) => ({ token: tokenFor(word), seq: i })));
  await asAdmin(db.adminUrl, (c) =>
    c.query('INSERT INTO word_tokens SELECT $1, t, s FROM unnest($2::bytea[], $3::bigint[]) AS u (t, s)', [
      db.ledgers.main,
      pairs.map((pair) => pair.token),
      pairs.map((pair) => pair.seq),
    ]),
  );
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** A term's meaning, read straight from what was sent. */
function holds(record: RecordInput, i: number, { name, value, not }: Term): boolean {
  const details = record.details ?? {};
  const plain = (): boolean => {
    switch (name) {
      case 'actor':
        return record.actor_id === value;
      case 'action':
        return record.action === value;
      case 'agent':
        return record.agent_name === value;
      case 'conversation':
        return record.conversation_id === value;
      case 'subject':
        return record.subject_id === value;
      case 'class':
        return record.data_classification === value;
      case 'outcome':
        return record.outcome === value;
      case 'tool':
      case 'model':
        return details[name] === value;
      case 'domain':
        return record.domains?.includes(value) ?? false;
      case 'has':
        return details.contains_phi === true;
      case 'said':
        return tokensOf(value).every((word) => said(i).includes(word));
      case 'before':
        return Date.parse(record.timestamp) < Date.parse(instantOf(value));
      case 'after':
        return Date.parse(record.timestamp) >= Date.parse(instantOf(value));
      case 'resource': {
        const { type, id, either } = readResource(value);
        if (either !== undefined) return record.resource_type === either || record.resource_id === either;
        return record.resource_type === type && (id === undefined || record.resource_id === id);
      }
      case null: {
        const ids = [record.conversation_id, record.actor_id, record.agent_name, record.resource_id, record.subject_id];
        return ids.some((one) => one?.startsWith(value)) || (value.length >= 8 && record.id.startsWith(value.toLowerCase()));
      }
    }
  };
  return plain() !== not;
}

const VALUES: [Term['name'], string[]][] = [
  ['actor', ['ann', 'bob', 'nobody', "x' OR '1'='1"]],
  ['action', ['tool_invoked', 'data_accessed']],
  ['agent', ['triage', 'claims']],
  ['conversation', ['conv-1', 'conv-none']],
  ['resource', ['patient_record/R-1', 'invoice/', 'R-1', 'R-2', 'nothing']],
  ['subject', ['P-1', 'P-2']],
  ['class', [...CLASSIFICATIONS]],
  ['domain', ['hipaa', 'all', 'gdpr', 'none']],
  ['model', ['m-1', 'm-3']],
  ['tool', ['ehr.read', 'two words', 'x"y']],
  ['outcome', ['success', 'denied']],
  ['has', ['phi']],
  ['said', ['insulin', 'Dose insulin', 'naïve', 'never']],
  ['before', ['2026-11-12', '2026-11-10T06:00Z']],
  ['after', ['2026-11-03', '2026-11-10T06:00Z']],
  [null, ['R', 'R-1', 'P-', 'conv-1', 'tri', 'zzz', '%', '_', '00000000']],
];
const term = fc
  .constantFrom(...VALUES)
  .chain(([name, values]) => fc.record({ name: fc.constant(name), value: fc.constantFrom(...values), not: fc.boolean() }));
const queries = fc
  .array(term, { minLength: 1, maxLength: 3 })
  .map((all) => formatQuery(all))
  .filter((q) => parseQuery(q).faults.length === 0);
/** Filters beside a search: they may say the same, the contrary, or something else. */
const beside = fc.constantFrom<RecordFilter>({}, {}, { actor: 'ann' }, { resource_type: 'invoice' }, { before: '2026-11-15' });

async function readAll(filter: RecordFilter, budget?: { steps: number; milliseconds: number }): Promise<bigint[]> {
  const seqs: bigint[] = [];
  for (let older: string | null = String(COUNT); older !== null; ) {
    const page: PageOfPositions = await boundedRead((tx) =>
      readPage(tx, searchRecords(main(), filter, TOKENS), { older: older! }, BigInt(COUNT - 1), budget),
    );
    seqs.push(...page.seqs);
    older = page.older;
  }
  return seqs;
}
function expected({ q, ...filter }: RecordFilter): bigint[] {
  const terms = parseQuery(q!).terms;
  const is = (record: RecordInput) =>
    (filter.actor === undefined || record.actor_id === filter.actor) &&
    (filter.resource_type === undefined || record.resource_type === filter.resource_type) &&
    (filter.before === undefined || Date.parse(record.timestamp) < Date.parse(instantOf(filter.before)));
  return sent.flatMap((record, i) => (is(record) && terms.every((one) => holds(record, i, one)) ? [BigInt(i)] : [])).reverse();
}

describe('a search', () => {
  it('finds exactly the records of which every term holds, page after page, and counts them', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(queries, beside, async (q, filter) => {
        const whole = { ...filter, q };
        expect(RecordFilter.safeParse(whole).success).toBe(true);
        const wanted = expected(whole);
        if (wanted.length > 0) found++;
        expect(await readAll(whole), q).toEqual(wanted);
        const span = { low: 0n, high: BigInt(COUNT - 1), older: true };
        const total = await boundedRead((tx) => countMatches(tx, searchRecords(main(), whole, TOKENS), span));
        expect(total, q).toEqual({ count: wanted.length, exact: true });
      }),
      { numRuns: 250 },
    );
    expect(found).toBeGreaterThan(50);
  }, 240_000);

  it('finds them by each qualifier alone, both ways round, and loses nothing where the budget ends a page early', async () => {
    for (const [name, values] of VALUES)
      for (const value of values)
        for (const not of [false, true]) {
          const q = formatQuery([{ name, value, not }]);
          expect(await readAll({ q }), q).toEqual(expected({ q }));
        }
    const q = 'R-1 domain:hipaa said:insulin';
    expect(await readAll({ q }, { steps: 1, milliseconds: 1_000 })).toEqual(expected({ q }));
  }, 240_000);

  it('finds a record by the beginning of its own id', async () => {
    const id = sent[77]!.id;
    for (const q of [id, id.slice(0, 8), id.slice(0, 23).toUpperCase()]) expect(await readAll({ q })).toEqual([77n]);
    expect(await readAll({ q: id.slice(0, 7) })).toEqual([]);
  });

  it('sees one ledger alone', async () => {
    const other = { id: db.ledgers.access };
    for (const q of ['R-1', 'domain:all', 'said:insulin', 'tool:ehr.read', 'has:phi', sent[5]!.id]) {
      const page = await boundedRead((tx) => readPage(tx, searchRecords(other, { q }, TOKENS), {}, 599n));
      expect(page.seqs).toEqual([]);
    }
  });

  it('takes every row of a block as a candidate where too many values or ids would have to be stepped over', async () => {
    // More lists of domains and more types of resource than are stepped over, and more ids that begin alike than are read.
    const many = Array.from({ length: 900 }, (_, i) => ({
      ...make(i),
      id: randomUUID(),
      domains: [`d-${i % 90}`, 'every'].sort(),
      resource_type: `type-${i % 90}`,
      resource_id: `Z-${i}`,
    }));
    const slug = await asAdmin(
      db.adminUrl,
      async (c) => (await c.query("SELECT create_ledger('many', 'test.example/many', 'agents', 'many', false) AS id")).rows[0].id as number,
    );
    for (let i = 0; i < 900; i += 300)
      await appendRecords(
        slug,
        many.slice(i, i + 300).map((record) => prepareAgentRecord(record, SOURCE)),
      );
    const find = async (q: string) => (await boundedRead((tx) => readPage(tx, searchRecords({ id: slug }, { q }), {}, 899n))).seqs;
    expect(await find('domain:d-7')).toEqual(many.flatMap((r, i) => (r.domains.includes('d-7') ? [BigInt(i)] : [])).reverse());
    expect(await find('Z-44')).toEqual([449n, 448n, 447n, 446n, 445n, 444n, 443n, 442n, 441n, 440n, 44n]);
    expect(await find('resource:Z-444')).toEqual([444n]);
    expect((await find('Z-')).length).toBe(100);
  });
});

describe('a search for conversations', () => {
  it('finds those of which every term holds', async () => {
    const firsts = new Map<string, RecordInput[]>();
    for (const record of sent)
      if (record.conversation_id) firsts.set(record.conversation_id, [...(firsts.get(record.conversation_id) ?? []), record]);
    const all = [...firsts].reverse();
    const find = async (q: string, filter = {}) =>
      boundedRead(async (tx) => {
        const { seqs } = await readPage(tx, await searchConversations(tx, main(), { ...filter, q }), {}, 599n);
        return seqs.map((seq) => sent[Number(seq)]!.conversation_id!);
      });
    const expectSame = async (q: string, keep: (id: string, records: RecordInput[]) => boolean, filter = {}) =>
      expect(await find(q, filter), q).toEqual(all.filter(([id, records]) => keep(id, records)).map(([id]) => id));
    const user = (records: RecordInput[]) => records.find((r) => r.actor_type === 'user')?.actor_id;
    await expectSame('conv-1', (id) => id.startsWith('conv-1'));
    await expectSame('conv-1 -conv-11', (id) => id.startsWith('conv-1') && !id.startsWith('conv-11'));
    await expectSame('conv-1 conv-12', (id) => id.startsWith('conv-12'));
    await expectSame('agent:triage', (_, r) => r[0]!.agent_name === 'triage');
    await expectSame('-agent:triage -actor:ann', (_, r) => r[0]!.agent_name !== 'triage' && user(r) !== 'ann');
    await expectSame('agent:triage', () => false, { agent: 'claims' });
    await expectSame('class:restricted', (_, r) => r.some((one) => one.data_classification === 'restricted'));
    await expectSame('has:gap', () => false);
    await expectSame('-has:gap', () => true);
    await expectSame('after:2026-11-02 before:2026-11-03', (_, r) => {
      const start = Math.min(...r.map((one) => Date.parse(one.timestamp)));
      return start >= Date.UTC(2026, 10, 2) && start < Date.UTC(2026, 10, 3);
    });
  });
});
